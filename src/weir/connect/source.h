#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "weir/base/clock.h"
#include "weir/io/object_store.h"
#include "weir/types/diagnostic.h"
#include "weir/types/relation.h"
#include "weir/types/value.h"

namespace weir::connect {

// What one batch takes from a source, as JSON: stored durably before the batch runs, and all that a
// later run needs to read the same rows again. An empty text is a batch without rows.
struct BatchPlan {
  std::string json;
  std::optional<Instant> committed = std::nullopt;  // When its rows were, as far as that is known.
};

// What a source did with a file that it let go of.
struct LetGoFile {
  std::string key;
  Instant at;
  std::string mode;      // "DELETE", "MOVE"
  std::string place;     // Where it is now; "" for nowhere.
  uint64_t version = 0;  // What it was when it was read, as the source tells versions apart.
};

// What the sources of one flow remember from one binding of its query to the next, by a name of
// their own. Outlives a run of the flow; used by one thread at a time.
struct SourceMemory {
  std::map<std::string, std::shared_ptr<void>> kept;
  // How many runs of the flow have begun. What a source saw before the last of them may be out of
  // date: a check of the project may lie long before its run.
  int64_t runs = 0;
};

// How far a source has been read: all that the plans of committed batches took.
class Progress {
 public:
  virtual ~Progress() = default;
  // Adds a committed batch. Plans are added in order.
  virtual void Add(const BatchPlan& plan) = 0;
  // The whole of it as JSON and back: a short-cut for many plans.
  virtual std::string ToJson() const = 0;
};

struct ReadLimit {
  std::optional<uint64_t> files;
  std::optional<uint64_t> bytes;
  bool everything =
      false;  // A batch read: all there is in one plan, the source's own limits aside.
};

// Somewhere rows come from. A source is driven by one thread at a time.
class Source {
 public:
  virtual ~Source() = default;
  // Names the same source across runs: "files:file:///data/in/*.csv".
  virtual std::string Identity() const = 0;
  // The columns without `_metadata`. Throws what can't be read, with what to do about it.
  virtual Schema Discover() = 0;
  // The same for a reader that goes on after `done`: columns that earlier batches had keep their
  // place and type, new ones come after them. Cheap when nothing is new.
  virtual Schema DiscoverAfter(const Progress& /*done*/) { return Discover(); }
  virtual std::unique_ptr<Progress> NewProgress() const = 0;
  virtual std::unique_ptr<Progress> ProgressFromJson(const std::string& json) const = 0;
  // Whether rows of a batch may take the place of rows of earlier ones: FileSet::replaced.
  virtual bool Replaces() const { return false; }
  // What the next batch after `done` would hold, within the source's own limits and `limit`;
  // nothing when nothing is ready. The plan is stored before the batch runs.
  virtual std::optional<BatchPlan> Plan(const Progress& done, const ReadLimit& limit) = 0;
  // Whether a plan that was stored, and may never have run to its end, can still be read as it
  // stands; else it is made anew.
  virtual bool IsStillThere(const BatchPlan& /*plan*/) { return true; }
  // The rows of a planned batch, as columns of `schema`; the same plan always yields the same rows.
  virtual Relation Read(const BatchPlan& plan, const Schema& schema) = 0;
  // Everything up to `plan` is committed; the source may let go of it.
  virtual void Acknowledge(const BatchPlan& plan) = 0;
  // Of all in `done`, which is committed, what the source is to do away with by now, in an order
  // that does not matter; LetGo then does it. The two are apart so that what is about to go is on
  // record first. Called when a run begins and after each batch.
  virtual std::vector<LetGoFile> ToLetGo(const Progress& /*done*/) { return {}; }
  // Does it, as far as it is not done yet: a killed run may have come half way.
  virtual void LetGo(const std::vector<LetGoFile>& /*files*/) {}
};

// The schema of self-describing files; the engine implements it.
class FormatReader {
 public:
  virtual ~FormatReader() = default;
  virtual Schema ReadSchema(const std::string& format, io::ObjectStore& store,
                            const std::string& key) = 0;
};

// What a table function was called with: names lower case, values constant.
struct Argument {
  std::string name;
  Value value;
  Span span;            // Of the value.
  Span name_span = {};  // Of the name.
};

struct OpenContext {
  io::Stores& stores;
  FormatReader& formats;
  std::string base_folder;  // For relative paths.
  // Parses a column list ("id BIGINT, at TIMESTAMP"): the `schema` and `schemaHints` options.
  std::function<Schema(const std::string& columns, const std::string& option)> parse_columns;
  TimeZonePtr zone = UtcZone();      // Of times in texts that name none.
  const TimeZones* zones = nullptr;  // All there are; null: only offsets.
  // The statement that gives path and options, where it is not the connector's function: "COPY
  // INTO". For messages.
  std::string statement = {};
  bool stream = false;             // Its batches are taken one after the other.
  const Clock* clock = nullptr;    // Null: the machine's.
  SourceMemory* memory = nullptr;  // Null: it remembers nothing.
  // As `stores`, for places that the source writes to: judged so. Null: it may not.
  io::Stores* writable = nullptr;
};

// One kind of source: what it is called and how it is opened.
struct Connector {
  std::string name;  // As written in SQL: "read_files".
  std::string help;  // One line.
  // Checks the arguments (an unknown or unsupported one is refused by name: DiagnosticError with
  // its span, or Error{kInvalid, kUnsupported}) and opens the source. Reads nothing yet.
  std::function<std::unique_ptr<Source>(const std::vector<Argument>&, const OpenContext&)> open;
  // The path the arguments name, resolved: the session asks whether it may be read before opening.
  std::function<std::string(const std::vector<Argument>&, const OpenContext&)> path_of;
};

class Registry {
 public:
  explicit Registry(std::vector<Connector> connectors) : connectors_(std::move(connectors)) {}
  const Connector* Find(const std::string& name) const;
  const std::vector<Connector>& all() const { return connectors_; }

 private:
  std::vector<Connector> connectors_;
};

// What is in the binary.
Registry BuiltinConnectors();

}  // namespace weir::connect
