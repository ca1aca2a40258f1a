#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "weir/session/binding.h"
#include "weir/session/table_feed.h"

// For binding.cc, resolver.cc and resolver_functions.cc alone.
namespace weir::session {

// Table functions that are no connectors.
inline constexpr std::string_view kEventLogFunction = "event_log";
inline constexpr std::string_view kCloudFilesState = "cloud_files_state";
inline constexpr std::string_view kFlowState = "flow_state";

// `act`, whose diagnostics without a place get this one.
template <typename Act>
auto At(const Span& span, const Act& act) {
  try {
    return act();
  } catch (const DiagnosticError& error) {
    Diagnostics diagnostics = error.diagnostics();
    for (Diagnostic& diagnostic : diagnostics) {
      if (!diagnostic.span.source) diagnostic.span = span;
    }
    throw DiagnosticError(std::move(diagnostics));
  }
}

// Names as seen by one principal from one catalog and schema: the statement's own, or a view's.
class Binding::Resolver : public sql::NameResolver {
 public:
  // Where its names stand: in the statement or the pipeline, or in a view of the catalog. A view
  // means the same whoever reads it, from wherever: it sees neither the reader's pipeline nor
  // their folder.
  enum class In { kStatement, kView };

  // `temporaries`: those that may be named; null: all of the session.
  Resolver(Binding& binding, In in, std::string principal, std::string catalog, std::string schema,
           bool stream, const TemporaryNames* temporaries)
      : binding_(binding),
        in_(in),
        temporaries_(temporaries),
        principal_(std::move(principal)),
        catalog_(std::move(catalog)),
        schema_(std::move(schema)),
        stream_(stream) {}

  std::variant<sql::ResolvedRelation, Diagnostic> Table(const sql::Name& name, bool stream,
                                                        const std::optional<Value>& as_of) override;
  std::variant<sql::ResolvedRelation, Diagnostic> TableFunction(
      const sql::Name& function, const std::vector<sql::NamedArgument>& arguments,
      bool stream) override;
  std::optional<std::variant<sql::ResolvedRoutine, Diagnostic>> Routine(
      const sql::Name& name) override;
  std::optional<std::variant<sql::ResolvedVariable, Diagnostic>> Variable(
      const sql::Name& name) override;

 private:
  using Found = std::variant<sql::ResolvedRelation, Diagnostic>;

  const Services& services() const { return binding_.services_; }
  const TemporaryView* FindTemporary(const sql::Name& name) const;
  static Diagnostic ViewHasNoVersions(const std::string& view, const Span& span);
  Found Temporary(const TemporaryView& view, const sql::Name& name,
                  const std::optional<Value>& as_of);
  const TemporaryFunction* FindTemporaryFunction(const std::string& key) const;
  std::variant<sql::ResolvedRoutine, Diagnostic> Temporary(const TemporaryFunction& function,
                                                           const std::string& key,
                                                           const sql::Name& name);
  // A function reads with its owner's rights.
  std::optional<std::variant<sql::ResolvedRoutine, Diagnostic>> CatalogRoutine(
      const catalog::QualifiedName& name);
  std::optional<catalog::TableInfo> TableOf(const Dataset& dataset) const;
  void RequireReadable(const std::optional<catalog::TableInfo>& info) const;
  std::string BaseFolder() const;
  sql::ResolvedRelation PathTable(const sql::Name& name, bool stream,
                                  const std::optional<Value>& as_of);
  Found PipelineDataset(const Dataset& dataset, const sql::Name& name, bool stream,
                        const std::optional<Value>& as_of);
  static Diagnostic NotReady(const Dataset& dataset, const sql::Name& name);
  sql::ResolvedRelation DatasetView(const Dataset& dataset, bool stream);
  Found CatalogTable(const catalog::QualifiedName& name, const sql::Name& written, bool stream,
                     const std::optional<Value>& as_of);
  // Whoever asks sees what they themselves may know of, through views of others, too.
  Found Information(const catalog::QualifiedName& name, const sql::Name& written,
                    const std::optional<Value>& as_of);
  // Spark's way to name files: csv.`/path`.
  static std::optional<Diagnostic> FilesByName(const sql::Name& written);
  Diagnostic NotFound(const catalog::QualifiedName& name, const sql::Name& written);
  sql::ResolvedRelation CatalogView(const catalog::TableInfo& info, bool stream);
  sql::ResolvedRelation BoundTable(const catalog::TableInfo& info, bool stream,
                                   const std::optional<Value>& as_of);
  // A table that was judged.
  sql::ResolvedRelation OpenedTable(const catalog::TableInfo& info, bool stream,
                                    const std::optional<Value>& as_of);
  sql::ResolvedRelation OpenSnapshot(BoundInput& input, const std::string& location,
                                     const std::optional<Value>& as_of,
                                     std::vector<std::string> qualifier);
  std::shared_ptr<sql::NameResolver> AddResolver(In in, const std::string& principal,
                                                 const std::string& catalog,
                                                 const std::string& schema, bool stream);
  static std::vector<std::string> Qualifier(const catalog::QualifiedName& name);

  // Table functions: resolver_functions.cc
  Found EventLog(const sql::Name& function, const std::vector<sql::NamedArgument>& arguments,
                 bool stream);
  // What is asked of a streaming table by who manages it: the table, which TABLE(name) names.
  std::variant<catalog::TableInfo, Diagnostic> ManagedTable(
      const sql::Name& function, const std::vector<sql::NamedArgument>& arguments,
      size_t most_arguments, bool stream, const std::string& takes);
  Found CloudFiles(const sql::Name& function, const std::vector<sql::NamedArgument>& arguments,
                   bool stream);
  Found FlowState(const sql::Name& function, const std::vector<sql::NamedArgument>& arguments,
                  bool stream);
  Found Changes(const sql::Name& function, const std::vector<sql::NamedArgument>& arguments,
                bool stream);
  static Diagnostic NoFeed(const std::string& view, const sql::Name& name);
  // Its table need not be there, nor have the columns that it will have.
  Found PlannedFeed(const FeedCall& call, const Dataset& dataset, bool stream);
  sql::ResolvedRelation FeedOfTable(const FeedCall& call, const Span& span,
                                    const std::string& table, const std::string& location,
                                    bool stream, std::vector<std::string> qualifier);
  Found ReadStream(const sql::Name& function, const std::vector<sql::NamedArgument>& arguments);
  Diagnostic UnknownFunction(const sql::Name& function);
  sql::ResolvedRelation OpenSource(const connect::Connector& connector,
                                   const std::vector<connect::Argument>& arguments,
                                   const sql::Name& function, bool stream);
  static Schema ParseColumnsOption(const std::string& columns, const std::string& option);

  Binding& binding_;
  In in_;
  const TemporaryNames* temporaries_;
  std::string principal_;
  std::string catalog_;
  std::string schema_;
  bool stream_;                 // Inside STREAM(view): its tables are read as streams.
  bool skips_changes_ = false;  // What is read just now may change rows.
};

}  // namespace weir::session
