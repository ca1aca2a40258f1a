#include "weir/connect/files/text_file.h"

#include <algorithm>
#include <vector>

#include "weir/connect/bytes/compression.h"
#include "weir/connect/files/avro_blocks.h"
#include "weir/connect/files/csv_multiline.h"
#include "weir/connect/files/json_documents.h"
#include "weir/connect/files/line_reader.h"
#include "weir/connect/files/separated_reader.h"
#include "weir/connect/files/xml_rows.h"

namespace weir::connect {

bool CanBeCut(const SourceFile& file, const RecordOptions& options) {
  return CompressionOf(file.key) == Compression::kNone && !options.multi_line &&
         !options.whole_text && options.line_separator.size() <= 1;
}

bool MayBeginIn(io::ObjectReader& reader, const RecordOptions& options, uint64_t begin,
                uint64_t end) {
  constexpr uint64_t kPiece = 64 << 10;
  const std::string ends = options.line_separator.empty() ? "\r\n" : options.line_separator;
  std::vector<char> piece(kPiece);
  for (uint64_t at = begin - 1; at < end;) {
    const size_t got = reader.ReadAt(at, piece.data(), std::min(kPiece, end - at));
    if (got == 0) return false;
    if (std::string_view(piece.data(), got).find_first_of(ends) != std::string_view::npos) {
      return true;
    }
    at += got;
  }
  return false;
}

std::unique_ptr<TextReader> OpenText(io::ObjectReader& reader, const SourceFile& file,
                                     const std::string& format, const RecordOptions& options,
                                     uint64_t offset) {
  auto bytes =
      offset > 0 ? OpenPlainStream(reader, offset) : OpenUnpacked(reader, CompressionOf(file.key));
  if (format == "avro") return std::make_unique<AvroBlocks>(std::move(bytes));
  if (format == "xml") return std::make_unique<XmlRows>(std::move(bytes), options.row_tag);
  if (options.whole_text) return std::make_unique<WholeReader>(std::move(bytes));
  if (options.multi_line && format == "json") {
    return std::make_unique<JsonDocuments>(std::move(bytes));
  }
  if (options.multi_line) return std::make_unique<CsvMultiLineReader>(std::move(bytes), options);
  if (!options.line_separator.empty()) {
    return std::make_unique<SeparatedReader>(std::move(bytes), offset, options.line_separator);
  }
  return std::make_unique<LineReader>(std::move(bytes), offset);
}

}  // namespace weir::connect
