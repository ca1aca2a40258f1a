#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "weir/engine/engine.h"
#include "weir/session/found_rows.h"

// A MERGE of a large source, written a part of the table at a time: docs/decisions/0037.
namespace weir::session {

// Whether the engine tells where rows of the input stand, and can read some of them alone.
bool HasPlaces(const engine::Input& input);

// What one step of a MERGE writes: the rows of these files of the table, by position in the
// snapshot, and those that it inserts.
struct MergePart {
  std::vector<size_t> files;
  std::optional<engine::Input> source;  // Those of its rows that it needs, if not all.
};

// Which rows of a source match which files of a table. A part of the table needs only the rows of
// the source that match it, so the engine need not hold all of them at a time.
class MatchedSource {
 public:
  // `source` has places. Rows may match in `files` of `table`, by position.
  MatchedSource(engine::Input source, const delta::AddFiles& table,
                const std::vector<size_t>& files);

  // The row of the source at that place (types/row_place.h) matches one of the file.
  void Add(size_t file, int64_t place);
  // The parts in which to write these files. `rows` says how many there are in the source, about;
  // where those that match nothing are inserted, exactly one part has them.
  std::vector<MergePart> Parts(const std::vector<size_t>& files, int64_t rows, bool inserts) const;

 private:
  // The files of a table, divided into runs of about the same size. Few: a byte tells one.
  using Run = uint8_t;

  struct Division {
    std::vector<size_t> part_of;  // By run.
    size_t parts = 1;
    int64_t rows = 0;  // Of the source, about, in each.
  };
  Division Divide() const;
  std::vector<RowsByFile> RowsOfParts(const Division& division) const;

  const engine::Input source_;
  std::vector<Run> run_of_;    // By position of the file; 0 for others.
  std::vector<int64_t> rows_;  // Of the source, that match each run.
  // By file and row of the source: the run that it matches, 0 for none, kSeveral.
  std::unordered_map<size_t, std::vector<Run>> matches_;
  std::vector<Run>* last_ = nullptr;  // Of the file that was asked for last.
  size_t last_at_ = 0;
  std::vector<RowsByFile> also_;  // By run: its rows that match others, too.
  int64_t matched_ = 0;           // Rows of the source.
};

}  // namespace weir::session
