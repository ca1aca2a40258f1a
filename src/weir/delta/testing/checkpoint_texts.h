#pragma once

#include <string>
#include <vector>

#include "weir/delta/checkpoint_format.h"

namespace weir::delta {

// The actions of a checkpoint's file as JSON, for tests.
inline std::vector<std::string> CheckpointTexts(CheckpointFormat& format, io::ObjectStore& store,
                                                const std::string& key) {
  struct Texts final : CheckpointRows {
    void Add(AddFile file) override { all.push_back(ActionToJson(std::move(file))); }
    void Remove(RemoveFile file) override { all.push_back(ActionToJson(std::move(file))); }
    void Action(std::string_view json, const std::string&) override { all.emplace_back(json); }
    std::vector<std::string> all;
  } texts;
  format.Read(store, key, [&](const CheckpointPart& part) { part(texts); });
  return std::move(texts.all);
}

}  // namespace weir::delta
