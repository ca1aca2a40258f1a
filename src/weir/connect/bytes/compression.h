#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "weir/connect/bytes/byte_stream.h"

namespace weir::connect {

enum class Compression { kNone, kGzip, kBzip2, kZstd, kDeflate, kXz, kSnappy, kLz4 };

// By the ending of the file's name, whatever its case, as Spark tells them.
Compression CompressionOf(std::string_view name);
// "orders.csv.gz" -> "orders.csv"
std::string_view WithoutCompression(std::string_view name);
// All endings, for telling: ".gz, .bz2, ...".
std::string CompressionEndings();

// What the file holds, unpacked as its name says; members one after another are one. Memory is
// bounded, however far the data expand. Reading throws Error{kCorrupt} when the data are damaged,
// cut short, or packed in another way than the name says. The reader outlives the stream.
std::unique_ptr<ByteStream> OpenUnpacked(io::ObjectReader& reader, Compression compression);

}  // namespace weir::connect
