#include "weir/io/memory_store.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "weir/base/error.h"
#include "weir/io/key.h"

namespace weir::io {
namespace {

const SystemClock kSystemClock;

}  // namespace

class MemoryStore::Reader final : public ObjectReader {
 public:
  explicit Reader(std::shared_ptr<const Object> object) : object_(std::move(object)) {}

  const ObjectInfo& info() const override { return object_->info; }

  size_t ReadAt(uint64_t offset, char* into, size_t length) override {
    const std::string& bytes = object_->bytes;
    if (offset >= bytes.size()) return 0;
    const size_t count = std::min(length, bytes.size() - static_cast<size_t>(offset));
    std::memcpy(into, bytes.data() + offset, count);
    return count;
  }

 private:
  std::shared_ptr<const Object> object_;
};

class MemoryStore::Writer final : public ObjectWriter {
 public:
  Writer(std::shared_ptr<Shelf> shelf, std::string key)
      : shelf_(std::move(shelf)), key_(std::move(key)) {}

  void Append(std::string_view bytes) override { bytes_.append(bytes); }

  void Finish() override {
    const std::lock_guard lock(shelf_->mutex);
    shelf_->Place(key_, std::move(bytes_));
  }

  PutOutcome FinishIfAbsent() override {
    const std::lock_guard lock(shelf_->mutex);
    if (shelf_->objects.contains(key_)) return PutOutcome::kExisted;
    shelf_->Place(key_, std::move(bytes_));
    return PutOutcome::kCreated;
  }

 private:
  std::shared_ptr<Shelf> shelf_;
  std::string key_;
  std::string bytes_;
};

void MemoryStore::Shelf::Place(const std::string& key, std::string bytes) {
  auto object = std::make_shared<Object>();
  object->info = {key, bytes.size(), clock->Now(), "\"" + std::to_string(++writes) + "\""};
  object->bytes = std::move(bytes);
  objects[key] = std::move(object);
}

MemoryStore::MemoryStore() : MemoryStore(kSystemClock) {}

MemoryStore::MemoryStore(const Clock& clock) : shelf_(std::make_shared<Shelf>()) {
  shelf_->clock = &clock;
}

std::optional<ObjectInfo> MemoryStore::Find(const std::string& key) {
  CheckKey(key);
  const std::lock_guard lock(shelf_->mutex);
  const auto found = shelf_->objects.find(key);
  if (found == shelf_->objects.end()) return std::nullopt;
  return found->second->info;
}

std::shared_ptr<const MemoryStore::Object> MemoryStore::Get(const std::string& key) {
  CheckKey(key);
  const std::lock_guard lock(shelf_->mutex);
  const auto found = shelf_->objects.find(key);
  if (found == shelf_->objects.end()) {
    throw Error(ErrorCode::kNotFound, "there is no object '" + key + "'");
  }
  return found->second;
}

std::string MemoryStore::Read(const std::string& key) { return Get(key)->bytes; }

std::unique_ptr<ObjectReader> MemoryStore::Open(const std::string& key) {
  return std::make_unique<Reader>(Get(key));
}

void MemoryStore::Put(const std::string& key, std::string_view bytes) {
  CheckKey(key);
  const std::lock_guard lock(shelf_->mutex);
  shelf_->Place(key, std::string(bytes));
}

PutOutcome MemoryStore::PutIfAbsent(const std::string& key, std::string_view bytes) {
  CheckKey(key);
  const std::lock_guard lock(shelf_->mutex);
  if (shelf_->objects.contains(key)) return PutOutcome::kExisted;
  shelf_->Place(key, std::string(bytes));
  return PutOutcome::kCreated;
}

std::unique_ptr<ObjectWriter> MemoryStore::Create(const std::string& key) {
  CheckKey(key);
  return std::make_unique<Writer>(shelf_, key);
}

std::vector<ObjectInfo> MemoryStore::List(const std::string& prefix, const std::string& start_after,
                                          size_t limit) {
  CheckPrefix(prefix);
  const std::lock_guard lock(shelf_->mutex);
  const auto& objects = shelf_->objects;
  auto at = start_after < prefix ? objects.lower_bound(prefix) : objects.upper_bound(start_after);
  std::vector<ObjectInfo> found;
  for (; at != objects.end() && at->first.starts_with(prefix) && found.size() < limit; ++at) {
    found.push_back(at->second->info);
  }
  return found;
}

ObjectStore::Level MemoryStore::ListLevel(const std::string& prefix) {
  CheckPrefix(prefix);
  const std::lock_guard lock(shelf_->mutex);
  Level level;
  for (auto at = shelf_->objects.lower_bound(prefix);
       at != shelf_->objects.end() && at->first.starts_with(prefix); ++at) {
    const size_t slash = at->first.find('/', prefix.size());
    if (slash == std::string::npos) {
      level.objects.push_back(at->second->info);
      continue;
    }
    std::string folder = at->first.substr(0, slash + 1);
    if (level.folders.empty() || level.folders.back() != folder) {
      level.folders.push_back(std::move(folder));
    }
  }
  return level;
}

void MemoryStore::Delete(const std::string& key) {
  CheckKey(key);
  const std::lock_guard lock(shelf_->mutex);
  shelf_->objects.erase(key);
}

void MemoryStore::DeleteAll(const std::string& prefix) {
  CheckFolder(prefix);
  const std::lock_guard lock(shelf_->mutex);
  auto at = shelf_->objects.lower_bound(prefix);
  while (at != shelf_->objects.end() && at->first.starts_with(prefix)) {
    at = shelf_->objects.erase(at);
  }
}

}  // namespace weir::io
