#pragma once

#include <memory>
#include <string>

#include "weir/connect/files/options.h"
#include "weir/connect/files/text_reader.h"
#include "weir/io/object_store.h"
#include "weir/types/relation.h"

namespace weir::connect {

// Whether a file can be read from anywhere in it on: it is not packed, and where a record ends can
// be seen from there.
bool CanBeCut(const SourceFile& file, const RecordOptions& options);

// Whether a record may begin in [begin, end) of a file that can be cut: what ends one lies at
// begin - 1 or behind it. Reads no further than that, so that a record of many ranges is read once.
bool MayBeginIn(io::ObjectReader& reader, const RecordOptions& options, uint64_t begin,
                uint64_t end);

// Cuts the file into records as its format, its options and the ending of its name say. `offset` is
// 0 unless it can be cut. Throws Error{kCorrupt}, as reading it does, when the file is not packed
// as its name says. `reader` outlives the result.
std::unique_ptr<TextReader> OpenText(io::ObjectReader& reader, const SourceFile& file,
                                     const std::string& format, const RecordOptions& options,
                                     uint64_t offset = 0);

}  // namespace weir::connect
