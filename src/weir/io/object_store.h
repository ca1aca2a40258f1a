#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "weir/base/clock.h"
#include "weir/io/folder_watch.h"
#include "weir/io/message_queue.h"

namespace weir::io {

struct ObjectInfo {
  std::string key;
  uint64_t size = 0;
  Instant modified;
  std::string etag;  // Changes whenever the bytes do; "" where the store has none.
};

enum class PutOutcome { kCreated, kExisted };

// Writes one new object from front to back. Nothing is visible under the key before one of the
// Finish calls returns; destruction without one leaves no object. Driven by one thread.
class ObjectWriter {
 public:
  virtual ~ObjectWriter() = default;
  virtual void Append(std::string_view bytes) = 0;
  // The object is complete, durable and visible when this returns.
  virtual void Finish() = 0;
  // The same, unless there is an object under the key already, which then stays as it is.
  [[nodiscard]] virtual PutOutcome FinishIfAbsent() = 0;
};

// Reads ranges of one object, which must not change meanwhile. Safe from many threads.
class ObjectReader {
 public:
  virtual ~ObjectReader() = default;
  virtual const ObjectInfo& info() const = 0;
  // Up to `length` bytes from `offset`; fewer only at the end of the object.
  virtual size_t ReadAt(uint64_t offset, char* into, size_t length) = 0;
};

// Objects by key, as S3 or a folder gives them. A key is a relative path with '/' between its
// parts ("sales/_delta_log/00000000000000000000.json"), never empty, without "." or ".." parts.
// Whatever writes is durable when it returns. Failures throw Error: kNotFound (Read, Open of an
// absent key), kDenied, kExhausted (disk full), kUnavailable (the outcome of a write is unknown;
// look before trying again). Safe from many threads, and many processes may share one place.
class ObjectStore {
 public:
  virtual ~ObjectStore() = default;
  virtual std::optional<ObjectInfo> Find(const std::string& key) = 0;
  virtual std::string Read(const std::string& key) = 0;
  virtual std::unique_ptr<ObjectReader> Open(const std::string& key) = 0;
  // The same for one that nobody ever changes, of which key, size and time are known (its etag may
  // be ""): a far store need not be asked before it is read, which then tells that it is gone
  // (kNotFound) or of another size (kCorrupt). The time tells it from others that had its name.
  virtual std::unique_ptr<ObjectReader> OpenKnown(const ObjectInfo& object) {
    return Open(object.key);
  }
  // Replaces what is there, all at once.
  virtual void Put(const std::string& key, std::string_view bytes) = 0;
  // Creates the object unless there is one; of several callers, in any processes, exactly one gets
  // kCreated, and nobody ever sees a part of the bytes.
  [[nodiscard]] virtual PutOutcome PutIfAbsent(const std::string& key, std::string_view bytes) = 0;
  virtual std::unique_ptr<ObjectWriter> Create(const std::string& key) = 0;
  // Objects whose key starts with `prefix` (a whole folder: "a/b/", or "" for all) and sorts after
  // `start_after` (a whole key, or ""), at any depth, in byte order of keys, at most `limit`.
  virtual std::vector<ObjectInfo> List(const std::string& prefix, const std::string& start_after,
                                       size_t limit) = 0;
  // The same for one level: objects directly in folder `prefix`, and its sub-folders (with '/').
  struct Level {
    std::vector<ObjectInfo> objects;
    std::vector<std::string> folders;
  };
  virtual Level ListLevel(const std::string& prefix) = 0;
  // The same without keeping it: `take` gets the objects whose names `wanted` asks for, in no
  // order, and the sub-folders are returned. Where a name costs less than what else there is to
  // know of an object, only those that are wanted are looked at.
  using NameFilter = std::function<bool(std::string_view name)>;
  using ObjectSink = std::function<void(ObjectInfo object)>;
  virtual std::vector<std::string> VisitLevel(const std::string& prefix, const NameFilter& wanted,
                                              const ObjectSink& take) {
    Level level = ListLevel(prefix);
    for (ObjectInfo& object : level.objects) {
      if (wanted(std::string_view(object.key).substr(prefix.size()))) take(std::move(object));
    }
    return std::move(level.folders);
  }
  // Deleting what is absent is not an error.
  virtual void Delete(const std::string& key) = 0;
  // Deletes all that List(prefix) would give ("a/b/", never ""), and the folders left empty. Not
  // all at once: after a failure some may be there, and the same call goes on.
  virtual void DeleteAll(const std::string& prefix) = 0;
  // Whether each call costs a trip over a network, so that few large reads beat many small ones.
  virtual bool IsFar() const { return false; }

  static constexpr size_t kNoLimit = SIZE_MAX;
};

// A folder in a store, as tables and sources name it.
struct Location {
  std::shared_ptr<ObjectStore> store;
  std::string prefix;  // "" or ends with '/'.
  std::string uri;     // As people see it: "file:///data/sales"
  // Another name that statements know it by: "dbfs:/Volumes/main/in/landing/2024".
  std::string alias = {};
  bool is_volume = false;  // The whole of a volume, which is there while it holds nothing.

  const std::string& Shown() const { return alias.empty() ? uri : alias; }
};

// From a path or URI a user wrote to the store that holds it: local paths ("/data/x", "file:/...",
// relative ones against `base_folder`), "s3://bucket/key". Other schemes throw kUnsupported by
// name.
class Stores {
 public:
  virtual ~Stores() = default;
  // A queue of events about objects at `place`, asked in the name of whoever reads there. `region`:
  // "" where the address says it. Throws Error: kUnsupported where there are no queues, kInvalid.
  virtual std::unique_ptr<MessageQueue> OpenQueue(const std::string& url, const std::string& region,
                                                  const Location& place);
  // What comes into a folder from now on; null for a place that can't be watched.
  virtual std::unique_ptr<FolderWatch> Watch(const Location& place);
  // Where `path` lies: symbolic links resolved as far as the path exists, so that one place has one
  // URI. Location.prefix is the key of the path itself plus '/'.
  virtual Location Resolve(const std::string& path, const std::string& base_folder) = 0;
};

}  // namespace weir::io
