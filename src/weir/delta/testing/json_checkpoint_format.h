#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>

#include "weir/delta/checkpoint_format.h"

namespace weir::delta {

// Checkpoints as lines of JSON under their usual names, for tests below the engine: only weir with
// this same format reads them.
class JsonCheckpointFormat final : public CheckpointFormat {
 public:
  void Read(io::ObjectStore& store, const std::string& key,
            const std::function<void(CheckpointPart)>& take) override {
    take([text = store.Read(key)](CheckpointRows& rows) {
      size_t number = 0;
      for (size_t begin = 0; begin < text.size();) {
        const size_t end = std::min(text.find('\n', begin), text.size());
        rows.Action(std::string_view(text).substr(begin, end - begin),
                    "row " + std::to_string(++number));
        begin = end + 1;
      }
    });
  }

  int64_t Write(io::ObjectStore& store, const std::string& key, CheckpointKind,
                const std::function<bool(std::string& action_json)>& next) override {
    std::string text;
    for (std::string json; next(json);) text += json + '\n';
    store.Put(key, text);
    return static_cast<int64_t>(text.size());
  }
};

}  // namespace weir::delta
