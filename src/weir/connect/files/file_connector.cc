#include <string>
#include <utility>

#include "weir/connect/files/file_source.h"
#include "weir/connect/files/listing.h"
#include "weir/connect/files/path_pattern.h"

namespace weir::connect {

namespace {

const Clock& MachineClock() {
  static const SystemClock clock;
  return clock;
}

// Sources of one flow that ask for the same files in the same way go by one listing.
std::shared_ptr<KeptListing> ListingFor(const std::string& identity,
                                        const std::vector<Argument>& arguments,
                                        SourceMemory* memory) {
  if (memory == nullptr) return std::make_shared<KeptListing>();
  std::string name = identity + "\n";
  for (const Argument& argument : arguments) {
    name += argument.name + "=" + argument.value.ToString() + "\n";
  }
  std::shared_ptr<void>& kept = memory->kept[name];
  if (kept == nullptr) kept = std::make_shared<KeptListing>();
  auto listing = std::static_pointer_cast<KeptListing>(kept);
  if (std::exchange(listing->runs, memory->runs) != memory->runs) listing->is_fresh = false;
  return listing;
}

// What was read is deleted from the queue: whoever does that may write where its events are from.
// Asked each time, whatever was allowed before.
void JudgeQueue(const FileOptions& options, const OpenContext& context) {
  if (context.writable == nullptr) {
    throw Error(ErrorCode::kUnsupported, "queueUrl can't be used here");
  }
  context.writable->Resolve(PathPattern(options.path).base(), context.base_folder);
}

std::unique_ptr<FileEvents> EventsFor(const FileOptions& options, const io::Location& base,
                                      const OpenContext& context) {
  if (options.queue_url.empty()) {
    auto watch = context.stores.Watch(base);
    if (watch != nullptr) return FolderEvents(std::move(watch));
    throw DiagnosticError(
        {{"UNSUPPORTED_FEATURE", "0A000", Span{},
          "useNotifications needs a queue for " + base.Shown() + ", and weir makes none",
          "make a queue that gets the bucket's events, and give its queueUrl"}});
  }
  return QueueEvents(context.stores.OpenQueue(options.queue_url, options.queue_region, base), base,
                     options.queue_threads);
}

}  // namespace

Connector FileConnector() {
  Connector connector;
  connector.name = "read_files";
  connector.help =
      "read_files(path, format => 'csv' | 'json' | 'parquet' | 'text' | 'binaryFile', ...): the "
      "rows of files in a folder";
  connector.open = [cache = std::make_shared<InferenceCache>()](
                       const std::vector<Argument>& arguments, const OpenContext& context) {
    FileOptions options = FileOptionsFrom(arguments, context);
    io::Location base = ResolveBase(options.path, context);
    std::optional<FileCleaning> cleaning;
    if (options.cleaning != Cleaning::kOff) cleaning.emplace(options, base, context);
    auto listing = ListingFor(IdentityOf(options, base), arguments, context.memory);
    if (options.notifications && context.stream && context.statement.empty()) {
      if (!options.queue_url.empty()) JudgeQueue(options, context);
      if (listing->events == nullptr) listing->events = EventsFor(options, base, context);
    }
    const Clock& clock = context.clock == nullptr ? MachineClock() : *context.clock;
    return std::make_unique<FileSource>(FileSource::Parts{std::move(options), std::move(base),
                                                          context.formats, clock, cache,
                                                          std::move(listing), std::move(cleaning)});
  };
  connector.path_of = [](const std::vector<Argument>& arguments, const OpenContext& context) {
    return ResolveBase(PathArgument(arguments), context).Shown();
  };
  return connector;
}

}  // namespace weir::connect
