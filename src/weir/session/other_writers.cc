#include "weir/session/other_writers.h"

#include <algorithm>

#include "weir/base/error.h"

namespace weir::session {
namespace {

std::optional<delta::VersionChange> ChangeAt(const delta::Table& table, delta::Version version) {
  try {
    return std::move(table.Changes(version - 1, version).front());
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kNotFound) return std::nullopt;
    throw;
  }
}

// Also a full refresh, which starts a generation.
bool IsByAFlow(const delta::VersionChange& change) {
  return std::any_of(change.transactions.begin(), change.transactions.end(),
                     [](const auto& txn) { return txn.first.starts_with("weir/"); });
}

}  // namespace

OthersDid WhatOthersDid(const delta::Table& table, const delta::Snapshot& now) {
  OthersDid did = OthersDid::kNothing;
  for (delta::Version version = now.version(); version >= 0; --version) {
    const auto change = ChangeAt(table, version);
    if (!change) return OthersDid::kUnknown;
    if (IsByAFlow(*change)) return did;
    if (!change->removed.empty()) return OthersDid::kRemovedRows;
    if (!change->added.empty()) did = OthersDid::kAddedRows;
  }
  return OthersDid::kUnknown;
}

}  // namespace weir::session
