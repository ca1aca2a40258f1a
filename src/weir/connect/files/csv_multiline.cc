#include "weir/connect/files/csv_multiline.h"

#include "weir/connect/files/csv_line.h"

namespace weir::connect {

CsvMultiLineReader::CsvMultiLineReader(std::unique_ptr<ByteStream> bytes,
                                       const RecordOptions& options, size_t longest)
    : LineReader(std::move(bytes), 0, longest),
      delimiter_(options.delimiter),
      quote_(options.quote),
      escape_(options.escape == options.quote ? '\0' : options.escape),
      comment_(options.comment),
      trims_(options.trim_leading) {}

bool CsvMultiLineReader::IsDelimiter(std::string_view line, size_t at) const {
  return line.substr(at, delimiter_.size()) == delimiter_;
}

// The state at the end of a line that begins in `state`.
CsvMultiLineReader::State CsvMultiLineReader::Scan(std::string_view line, State state) const {
  for (size_t at = 0; at < line.size(); ++at) {
    const char c = line[at];
    if (state == State::kQuoted) {
      const char next = at + 1 < line.size() ? line[at + 1] : '\0';
      const bool doubled = c == quote_ && at + 1 < line.size() && next == quote_;
      const bool escaped = escape_ != 0 && c == escape_ && at + 1 < line.size() &&
                           (next == quote_ || next == escape_);
      if (doubled || escaped) {
        ++at;
      } else if (c == quote_) {
        state = State::kClosed;
      }
    } else if (IsDelimiter(line, at)) {
      at += delimiter_.size() - 1;
      state = State::kFieldStart;
    } else if (state == State::kFieldStart && c == quote_) {
      state = State::kQuoted;
    } else if (state != State::kFieldStart || !trims_ || !IsBlank(c)) {
      state = State::kPlain;
    }
  }
  return state;
}

// Holds the line that begins at `from` of what is held: where it ends, and where the next begins.
// False when there is none, or too much would be held.
bool CsvMultiLineReader::HoldLine(size_t from, size_t& end, size_t& next) {
  for (size_t scanned = from;;) {
    const size_t at = Held().find_first_of("\r\n", scanned);
    const bool found = at != std::string_view::npos;
    if (found && (Held()[at] == '\n' || at + 1 < Held().size() || at_end_)) {
      end = at;
      next = at + (Held().substr(at, 2) == "\r\n" ? 2 : 1);
      return true;
    }
    scanned = found ? at : Held().size();
    if (Held().size() > longest_) return false;
    // A CR that was the last byte of the file is found again.
    if (Fill() || found) continue;
    end = next = Held().size();
    return end > from;
  }
}

bool CsvMultiLineReader::Next(TextLine& line) {
  size_t end = 0;
  size_t next = 0;
  if (quote_ == 0 || !HoldLine(0, end, next)) return LineReader::Next(line);
  if (comment_ != 0 && Held().front() == comment_) return LineReader::Next(line);
  int64_t count = 1;
  State state = Scan(Held().substr(0, end), State::kFieldStart);
  while (state == State::kQuoted) {
    const size_t from = next;
    if (!HoldLine(from, end, next)) return LineReader::Next(line);
    state = Scan(Held().substr(from, end - from), state);
    ++count;
  }
  line.text = Held().substr(0, end);
  line.offset = offset_;
  line.number = lines_ + 1;
  line.too_long = false;
  lines_ += count;
  Drop(next);
  return true;
}

}  // namespace weir::connect
