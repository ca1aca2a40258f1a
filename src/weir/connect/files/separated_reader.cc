#include "weir/connect/files/separated_reader.h"

namespace weir::connect {

SeparatedReader::SeparatedReader(std::unique_ptr<ByteStream> bytes, uint64_t offset,
                                 std::string separator, size_t longest)
    : TextReader(std::move(bytes), offset, longest, true), separator_(std::move(separator)) {}

bool SeparatedReader::Next(TextLine& line) {
  if (Held().empty() && !Fill()) return false;
  line.problem = nullptr;
  line.number = ++lines_;
  const size_t size = separator_.size();
  Take(line, [&](std::string_view held, size_t from) -> std::optional<Extent> {
    const size_t at = held.find(separator_, from < size ? 0 : from - size + 1);
    if (at == std::string_view::npos) return std::nullopt;
    return Extent{at, size};
  });
  return true;
}

WholeReader::WholeReader(std::unique_ptr<ByteStream> bytes, size_t longest)
    : TextReader(std::move(bytes), 0, longest, false) {}

bool WholeReader::Next(TextLine& line) {
  if (Held().empty() && !Fill()) return false;
  line.problem = nullptr;
  line.number = ++lines_;
  Take(line, [](std::string_view, size_t) { return std::optional<Extent>(); });
  return true;
}

}  // namespace weir::connect
