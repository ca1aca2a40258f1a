#include "weir/io/testing/faulty_store.h"

#include <type_traits>
#include <utility>

namespace weir::io {
namespace {

template <typename Call>
auto With(Faults& faults, const std::string& name, Call call) {
  const size_t number = faults.Entering(name);
  if constexpr (std::is_void_v<decltype(call())>) {
    call();
    faults.Leaving(number);
  } else {
    auto result = call();
    faults.Leaving(number);
    return result;
  }
}

class FaultyReader final : public ObjectReader {
 public:
  FaultyReader(std::unique_ptr<ObjectReader> inner, Faults& faults)
      : inner_(std::move(inner)), faults_(faults) {}

  const ObjectInfo& info() const override { return inner_->info(); }

  size_t ReadAt(uint64_t offset, char* into, size_t length) override {
    return With(faults_, "ReadAt " + info().key,
                [&] { return inner_->ReadAt(offset, into, length); });
  }

 private:
  std::unique_ptr<ObjectReader> inner_;
  Faults& faults_;
};

class FaultyWriter final : public ObjectWriter {
 public:
  FaultyWriter(std::unique_ptr<ObjectWriter> inner, std::string key, Faults& faults)
      : inner_(std::move(inner)), key_(std::move(key)), faults_(faults) {}

  void Append(std::string_view bytes) override {
    With(faults_, "Append " + key_, [&] { inner_->Append(bytes); });
  }
  void Finish() override {
    With(faults_, "Finish " + key_, [&] { inner_->Finish(); });
  }
  PutOutcome FinishIfAbsent() override {
    return With(faults_, "FinishIfAbsent " + key_, [&] { return inner_->FinishIfAbsent(); });
  }

 private:
  std::unique_ptr<ObjectWriter> inner_;
  const std::string key_;
  Faults& faults_;
};

}  // namespace

FaultyStore::FaultyStore(std::shared_ptr<ObjectStore> inner, Faults& faults)
    : inner_(std::move(inner)), faults_(&faults) {}

std::optional<ObjectInfo> FaultyStore::Find(const std::string& key) {
  return With(*faults_, "Find " + key, [&] { return inner_->Find(key); });
}

std::string FaultyStore::Read(const std::string& key) {
  return With(*faults_, "Read " + key, [&] { return inner_->Read(key); });
}

std::unique_ptr<ObjectReader> FaultyStore::Open(const std::string& key) {
  auto reader = With(*faults_, "Open " + key, [&] { return inner_->Open(key); });
  return std::make_unique<FaultyReader>(std::move(reader), *faults_);
}

void FaultyStore::Put(const std::string& key, std::string_view bytes) {
  With(*faults_, "Put " + key, [&] { inner_->Put(key, bytes); });
}

PutOutcome FaultyStore::PutIfAbsent(const std::string& key, std::string_view bytes) {
  return With(*faults_, "PutIfAbsent " + key, [&] { return inner_->PutIfAbsent(key, bytes); });
}

std::unique_ptr<ObjectWriter> FaultyStore::Create(const std::string& key) {
  auto writer = With(*faults_, "Create " + key, [&] { return inner_->Create(key); });
  return std::make_unique<FaultyWriter>(std::move(writer), key, *faults_);
}

std::vector<ObjectInfo> FaultyStore::List(const std::string& prefix, const std::string& start_after,
                                          size_t limit) {
  return With(*faults_, "List " + prefix, [&] { return inner_->List(prefix, start_after, limit); });
}

ObjectStore::Level FaultyStore::ListLevel(const std::string& prefix) {
  return With(*faults_, "ListLevel " + prefix, [&] { return inner_->ListLevel(prefix); });
}

void FaultyStore::Delete(const std::string& key) {
  With(*faults_, "Delete " + key, [&] { inner_->Delete(key); });
}

void FaultyStore::DeleteAll(const std::string& prefix) {
  With(*faults_, "DeleteAll " + prefix, [&] { inner_->DeleteAll(prefix); });
}

}  // namespace weir::io
