#include "weir/delta/apply.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "weir/delta/deletion_vector.h"
#include "weir/delta/paths.h"

namespace weir::delta {

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

  // What became of each, in the order it happened.
  void MoveInto(std::vector<Action>& actions) && {
    for (auto& outcome : outcomes_) {
      if (auto* add = std::get_if<AddFile>(&outcome)) actions.emplace_back(std::move(*add));
      if (auto* remove = std::get_if<RemoveFile>(&outcome)) {
        actions.emplace_back(std::move(*remove));
      }
    }
  }

  // Replaces what `state` says of the touched files.
  void MergeInto(TableState& state) && {
    if (last_.empty()) return;
    state.files.Remove(last_);
    state.tombstones.Remove(last_);
    last_.clear();
    for (auto& outcome : outcomes_) {
      if (auto* add = std::get_if<AddFile>(&outcome)) state.files.Append(std::move(*add));
      if (auto* remove = std::get_if<RemoveFile>(&outcome)) {
        state.tombstones.Append(std::move(*remove));
      }
    }
  }
  size_t size() const { return outcomes_.size(); }

 private:
  using Outcome = std::variant<std::monostate, AddFile, RemoveFile>;

  ByFileKey<size_t> last_;  // To the place in outcomes_.
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

// One map for all files of a partition, which mostly come one after the other.
class SharedPartitions {
 public:
  void Share(PartitionValues& values) {
    if (values.empty()) return;
    if (values == last_) {
      values = last_;
      return;
    }
    last_ = values = *known_.insert(values).first;
  }

 private:
  PartitionValues last_;
  std::set<PartitionValues> known_;
};

struct StateBuilder::Impl {
  TableState state;
  Touched touched;
  SharedPartitions partitions = {};
};

StateBuilder::StateBuilder(TableState before)
    : impl_(std::make_unique<Impl>(Impl{std::move(before), {}})) {}

StateBuilder::~StateBuilder() = default;

// What commits say of files is packed from time to time: a long log is not held as a whole.
constexpr size_t kMostTouched = 50'000;

void StateBuilder::Add(CommitActions commit) {
  impl_->state.last_commit.reset();
  for (Action& action : commit.actions) {
    if (auto* add = std::get_if<AddFile>(&action)) {
      impl_->partitions.Share(add->partition_values);
    } else if (auto* remove = std::get_if<RemoveFile>(&action)) {
      impl_->partitions.Share(remove->partition_values);
    }
    std::visit(Applier{impl_->state, impl_->touched}, std::move(action));
  }
  if (impl_->touched.size() < kMostTouched) return;
  std::move(impl_->touched).MergeInto(impl_->state);
  impl_->touched = Touched();
}

TableState StateBuilder::Finish() && {
  std::move(impl_->touched).MergeInto(impl_->state);
  return std::move(impl_->state);
}

TableState Apply(TableState before, std::vector<CommitActions> commits) {
  StateBuilder builder(std::move(before));
  for (CommitActions& commit : commits) builder.Add(std::move(commit));
  return std::move(builder).Finish();
}

void AddCheckpointAction(TableState& state, Action action) {
  if (auto* add = std::get_if<AddFile>(&action)) {
    state.files.Append(std::move(*add));
  } else if (auto* remove = std::get_if<RemoveFile>(&action)) {
    state.tombstones.Append(std::move(*remove));
  } else {
    Touched none;
    std::visit(Applier{state, none}, std::move(action));
  }
}

void AddCheckpointPart(TableState& state, TableState part) {
  if (part.protocol) state.protocol = std::move(part.protocol);
  if (part.metadata) state.metadata = std::move(part.metadata);
  state.transactions.merge(part.transactions);
  state.domains.merge(part.domains);
  state.files.Append(part.files);
  state.tombstones.Append(part.tombstones);
}

void CompleteCheckpoint(TableState& state) {
  // Eight bytes a file tell that all differ, as they should.
  std::vector<uint64_t> hashes;
  hashes.reserve(state.files.size() + state.tombstones.size());
  state.files.AddHashesTo(hashes);
  state.tombstones.AddHashesTo(hashes);
  std::sort(hashes.begin(), hashes.end());
  if (std::adjacent_find(hashes.begin(), hashes.end()) == hashes.end()) return;
  Touched touched;
  for (RemoveFile remove : state.tombstones) touched.Set(std::move(remove));
  for (AddFile add : state.files) touched.Set(std::move(add));
  state.files = {};
  state.tombstones = {};
  std::move(touched).MergeInto(state);
}

TableState FromCheckpoint(std::vector<Action> actions) {
  TableState state;
  for (Action& action : actions) AddCheckpointAction(state, std::move(action));
  CompleteCheckpoint(state);
  return state;
}

std::vector<Action> Reconciled(std::vector<CommitActions> commits) {
  TableState state;
  Touched touched;
  std::map<std::string, DomainMetadata> domains;
  for (CommitActions& commit : commits) {
    for (Action& action : commit.actions) {
      if (const auto* domain = std::get_if<DomainMetadata>(&action)) {
        domains.insert_or_assign(domain->domain, *domain);
        continue;
      }
      std::visit(Applier{state, touched}, std::move(action));
    }
  }
  std::vector<Action> actions;
  if (state.protocol) actions.emplace_back(*std::move(state.protocol));
  if (state.metadata) actions.emplace_back(*std::move(state.metadata));
  for (auto& [app, txn] : state.transactions) actions.emplace_back(std::move(txn));
  for (auto& [name, domain] : domains) actions.emplace_back(std::move(domain));
  std::move(touched).MoveInto(actions);
  return actions;
}

}  // namespace weir::delta
