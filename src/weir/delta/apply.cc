#include "weir/delta/apply.h"

#include <unordered_map>

#include "weir/delta/deletion_vector.h"
#include "weir/delta/paths.h"

namespace weir::delta {
namespace {

// The files that a run of commits touches, and what became of each.
class Touched {
 public:
  template <typename File>
  void Set(File file) {
    std::string key = FileKey(file.path, file.deletion_vector_json);
    const auto [at, is_new] = last_.try_emplace(std::move(key), outcomes_.size());
    if (!is_new) {
      outcomes_[at->second] = std::monostate{};  // Overtaken.
      at->second = outcomes_.size();
    }
    outcomes_.emplace_back(std::move(file));
  }

  // Replaces what `state` says of the touched files.
  void MergeInto(TableState& state) && {
    if (last_.empty()) return;
    Forget(state.files);
    Forget(state.tombstones);
    for (auto& outcome : outcomes_) {
      if (auto* add = std::get_if<AddFile>(&outcome)) state.files.push_back(std::move(*add));
      if (auto* remove = std::get_if<RemoveFile>(&outcome)) {
        state.tombstones.push_back(std::move(*remove));
      }
    }
  }

 private:
  using Outcome = std::variant<std::monostate, AddFile, RemoveFile>;

  template <typename File>
  void Forget(std::vector<File>& files) const {
    std::erase_if(files, [&](const File& file) {
      return last_.contains(FileKey(file.path, file.deletion_vector_json));
    });
  }

  std::unordered_map<std::string, size_t> last_;  // File key to its place in outcomes_.
  std::vector<Outcome> outcomes_;
};

struct Applier {
  TableState& state;
  Touched& touched;

  void operator()(Protocol&& protocol) const { state.protocol = std::move(protocol); }
  void operator()(Metadata&& metadata) const { state.metadata = std::move(metadata); }
  void operator()(AddFile&& add) const { touched.Set(std::move(add)); }
  void operator()(RemoveFile&& remove) const { touched.Set(std::move(remove)); }
  void operator()(SetTransaction&& txn) const {
    std::string app = txn.app_id;
    state.transactions.insert_or_assign(std::move(app), std::move(txn));
  }
  void operator()(CommitInfo&& info) const { state.last_commit = std::move(info); }
  void operator()(CdcFile&&) const {}
  void operator()(DomainMetadata&& domain) const {
    if (domain.removed) {
      state.domains.erase(domain.domain);
      return;
    }
    std::string name = domain.domain;
    state.domains.insert_or_assign(std::move(name), std::move(domain));
  }
};

}  // namespace

std::string FileKey(const std::string& path, const std::string& deletion_vector_json) {
  std::string key = CanonicalPath(path);
  if (!deletion_vector_json.empty()) key += '\0' + DeletionVectorId(deletion_vector_json);
  return key;
}

TableState Apply(TableState before, std::vector<CommitActions> commits) {
  TableState state = std::move(before);
  Touched touched;
  for (CommitActions& commit : commits) {
    state.last_commit.reset();
    for (Action& action : commit.actions) std::visit(Applier{state, touched}, std::move(action));
  }
  std::move(touched).MergeInto(state);
  return state;
}

TableState FromCheckpoint(std::vector<Action> actions) {
  std::vector<CommitActions> one(1);
  one[0].actions = std::move(actions);
  return Apply(TableState(), std::move(one));
}

}  // namespace weir::delta
