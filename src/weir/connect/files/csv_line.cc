#include "weir/connect/files/csv_line.h"

#include <cstring>
#include <map>

namespace weir::connect {

CsvSplitter::CsvSplitter(const RecordOptions& options)
    : delimiter_(options.delimiter),
      quote_(options.quote),
      escape_(options.escape == options.quote ? '\0' : options.escape),
      trim_leading_(options.trim_leading),
      trim_trailing_(options.trim_trailing) {}

const std::vector<CsvField>& CsvSplitter::Split(std::string_view line) {
  fields_.clear();
  unescaped_used_ = 0;
  mistake_ = "";
  const bool plain =
      quote_ == 0 || line.empty() || std::memchr(line.data(), quote_, line.size()) == nullptr;
  if (plain) {
    SplitPlain(line);
  } else {
    SplitQuoted(line);
  }
  return fields_;
}

void CsvSplitter::SplitPlain(std::string_view line) {
  if (delimiter_.size() > 1 || trim_leading_ || trim_trailing_) {
    for (size_t at = 0; at <= line.size();) at = ReadUnquoted(line, at) + delimiter_.size();
    return;
  }
  const char* begin = line.data();
  const char* const end = begin + line.size();
  const char delimiter = delimiter_[0];
  for (const char* at = begin; at != end; ++at) {
    if (*at == delimiter) {
      fields_.push_back({std::string_view(begin, static_cast<size_t>(at - begin)), false});
      begin = at + 1;
    }
  }
  fields_.push_back({std::string_view(begin, static_cast<size_t>(end - begin)), false});
}

void CsvSplitter::SplitQuoted(std::string_view line) {
  for (size_t at = 0; at <= line.size();) {
    size_t first = at;
    while (trim_leading_ && first < line.size() && IsBlank(line[first]) &&
           line.substr(first, delimiter_.size()) != delimiter_) {
      ++first;
    }
    const bool quoted = first < line.size() && line[first] == quote_;
    at = (quoted ? ReadQuoted(line, first) : ReadUnquoted(line, at)) + delimiter_.size();
  }
}

// Where the next delimiter is, or the end of the line.
size_t CsvSplitter::FieldEnd(std::string_view line, size_t from) const {
  const size_t end =
      delimiter_.size() == 1 ? line.find(delimiter_[0], from) : line.find(delimiter_, from);
  return std::min(end, line.size());
}

size_t CsvSplitter::ReadUnquoted(std::string_view line, size_t from) {
  const size_t end = FieldEnd(line, from);
  std::string_view text = line.substr(from, end - from);
  while (trim_leading_ && !text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (trim_trailing_ && !text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  fields_.push_back({text, false});
  return end;
}

void CsvSplitter::Spoil(const char* mistake) {
  if (*mistake_ != '\0') return;
  mistake_ = mistake;
  spoilt_ = fields_.size();
}

// From the quote at `open` to the end of the field.
size_t CsvSplitter::ReadQuoted(std::string_view line, size_t open) {
  std::string* copy = nullptr;  // Only where something was escaped.
  size_t copied = open + 1;     // What of the line is in it.
  size_t at = open + 1;
  const auto copy_until = [&](size_t until) {
    if (copy == nullptr) {
      if (unescaped_used_ == unescaped_.size()) unescaped_.emplace_back();
      copy = &unescaped_[unescaped_used_++];
      copy->clear();
    }
    copy->append(line.substr(copied, until - copied));
  };
  size_t quote = open;  // The next one that was looked for.
  while (true) {
    if (quote < at) quote = std::min(line.find(quote_, at), line.size());
    const size_t escape =
        escape_ == 0 ? std::string_view::npos : line.substr(at, quote - at).find(escape_);
    at = escape == std::string_view::npos ? quote : at + escape;
    if (at == line.size()) break;
    const char next = at + 1 < line.size() ? line[at + 1] : '\0';
    const bool doubled = line[at] == quote_ && next == quote_ && at + 1 < line.size();
    const bool escaped = escape_ != 0 && line[at] == escape_ && at + 1 < line.size() &&
                         (next == quote_ || next == escape_);
    if (doubled || escaped) {
      copy_until(at);
      copied = at + 1;  // The second one stands for itself.
      at += 2;
    } else if (line[at] == quote_) {
      break;
    } else {
      ++at;
    }
  }
  if (at == line.size()) {
    Spoil("a quote is not closed");
    fields_.push_back({line.substr(open + 1), true});
    return line.size();
  }
  size_t end = at + 1;
  while (end < line.size() && IsBlank(line[end]) &&
         line.substr(end, delimiter_.size()) != delimiter_) {
    ++end;
  }
  if (end < line.size() && line.substr(end, delimiter_.size()) != delimiter_) {
    Spoil("text follows a closing quote");
    end = FieldEnd(line, end);
    fields_.push_back({line.substr(open, end - open), false});
    return end;
  }
  if (copy != nullptr) copy_until(at);
  fields_.push_back(
      {copy != nullptr ? std::string_view(*copy) : line.substr(open + 1, at - open - 1), true});
  return end;
}

std::string CsvPositionName(size_t position) { return "_c" + std::to_string(position); }

std::vector<std::string> CsvHeaderNames(const std::vector<CsvField>& fields,
                                        const RecordOptions& options) {
  std::map<std::string, int> times;
  for (const CsvField& field : fields) ++times[LowerName(field.text)];
  std::vector<std::string> names;
  for (size_t i = 0; i < fields.size(); ++i) {
    const std::string_view text = fields[i].text;
    if (text.empty() || text == options.null_text) {
      names.push_back(CsvPositionName(i));
    } else if (times[LowerName(text)] > 1) {
      names.push_back(std::string(text) + std::to_string(i));
    } else {
      names.emplace_back(text);
    }
  }
  return names;
}

}  // namespace weir::connect
