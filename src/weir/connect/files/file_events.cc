#include "weir/connect/files/file_events.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "weir/io/parallel.h"

namespace weir::connect {

namespace {

// After so many a batch is begun; the rest is taken after it.
constexpr size_t kMostMessages = 20'000;

class WatchedFolder final : public FileEvents {
 public:
  explicit WatchedFolder(std::unique_ptr<io::FolderWatch> watch) : watch_(std::move(watch)) {}

  Heard Take() override {
    io::FolderWatch::Changes changes = watch_->Take();
    Heard heard{changes.lost, {}};
    for (const std::string& path : changes.files) heard.keys.push_back(path.substr(1));
    return heard;
  }
  void Settle(const std::set<std::string_view>&) override {}

 private:
  const std::unique_ptr<io::FolderWatch> watch_;
};

// "bucket" of "s3://bucket/key".
std::string BucketOf(const std::string& uri) {
  const size_t begin = uri.find("://");
  if (begin == std::string::npos) return "";
  return uri.substr(begin + 3, uri.find('/', begin + 3) - begin - 3);
}

class QueuedEvents final : public FileEvents {
 public:
  QueuedEvents(std::shared_ptr<io::MessageQueue> queue, const io::Location& place, size_t threads)
      : queue_(std::move(queue)),
        bucket_(BucketOf(place.uri)),
        prefix_(place.prefix),
        threads_(std::max<size_t>(threads, 1)) {}

  Heard Take() override {
    Heard heard;
    size_t received = 0;
    for (bool more = true; more && received < kMostMessages;) {
      std::vector<std::vector<io::QueueMessage>> parts(threads_);
      io::InParallel(threads_, threads_, [&](size_t i) { parts[i] = queue_->Receive(); });
      more = false;
      for (auto& messages : parts) {
        received += messages.size();
        for (io::QueueMessage& message : messages) more |= Add(std::move(message), heard);
      }
    }
    std::sort(heard.keys.begin(), heard.keys.end());
    heard.keys.erase(std::unique(heard.keys.begin(), heard.keys.end()), heard.keys.end());
    return heard;
  }

  void Settle(const std::set<std::string_view>& pending) override {
    std::vector<std::string> receipts;
    for (auto at = held_.begin(); at != held_.end();) {
      const auto& keys = at->second.keys;
      const bool settled = std::none_of(keys.begin(), keys.end(),
                                        [&](const auto& key) { return pending.contains(key); });
      if (settled) receipts.push_back(std::move(at->second.receipt));
      at = settled ? held_.erase(at) : std::next(at);
    }
    if (!receipts.empty()) queue_->Delete(receipts);
  }

 private:
  struct Held {
    std::string receipt;
    std::vector<std::string> keys;
  };

  // Whether it is one that did not come before.
  bool Add(io::QueueMessage message, Heard& heard) {
    const auto events = ParseObjectEvents(message.body);
    if (!events) return ignored_.insert(message.id).second;
    Held held{std::move(message.receipt), {}};
    bool is_ours = events->empty();
    for (const ObjectEvent& event : *events) {
      const bool below = event.key.starts_with(prefix_) || event.key + "/" == prefix_;
      if (event.bucket != bucket_ || !below) continue;
      is_ours = true;
      if (event.is_new) held.keys.push_back(event.key);
    }
    if (!is_ours) return ignored_.insert(message.id).second;
    heard.keys.insert(heard.keys.end(), held.keys.begin(), held.keys.end());
    const bool is_first = !held_.contains(message.id);
    held_[message.id] = std::move(held);  // With the receipt that holds now.
    return is_first;
  }

  const std::shared_ptr<io::MessageQueue> queue_;
  const std::string bucket_;
  const std::string prefix_;
  const size_t threads_;
  std::map<std::string, Held> held_;  // By the message's id.
  std::set<std::string> ignored_;     // Of others, or no events: they stay in the queue.
};

}  // namespace

std::unique_ptr<FileEvents> FolderEvents(std::unique_ptr<io::FolderWatch> watch) {
  return std::make_unique<WatchedFolder>(std::move(watch));
}

std::unique_ptr<FileEvents> QueueEvents(std::shared_ptr<io::MessageQueue> queue,
                                        const io::Location& place, size_t threads) {
  return std::make_unique<QueuedEvents>(std::move(queue), place, threads);
}

}  // namespace weir::connect
