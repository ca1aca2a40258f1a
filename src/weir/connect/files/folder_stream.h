#pragma once

#include <functional>
#include <memory>

#include "weir/connect/files/record_reader.h"

namespace weir::connect {

// The stream that `open` gives for what is wanted of the file itself, with the wanted columns of
// its folders put in.
std::unique_ptr<BatchStream> WithFolderValues(
    const FileSet& files, const RecordRange& range, RecordScan scan,
    const std::function<std::unique_ptr<BatchStream>(RecordScan own)>& open);

}  // namespace weir::connect
