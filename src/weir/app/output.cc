#include "weir/app/output.h"

#include <algorithm>
#include <clocale>
#include <cmath>
#include <cwchar>
#include <ostream>
#include <vector>

#include "weir/base/json.h"

namespace weir::app {
namespace {

constexpr size_t kRowsForWidths = 1000;
constexpr size_t kWidestCell = 120;

using Cells = std::vector<std::string>;

// Control characters would break the table's lines.
std::string OneLine(const std::string& text) {
  std::string line;
  for (const char c : text) {
    if (c == '\n') {
      line += "\\n";
    } else if (c == '\t') {
      line += "\\t";
    } else if (c == '\r') {
      line += "\\r";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      line += '?';
    } else {
      line += c;
    }
  }
  return line;
}

std::string Base64(const std::string& bytes) {
  static constexpr char kLetters[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    for (size_t j = 0; j < 3; ++j) {
      group = group << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0);
    }
    for (size_t j = 0; j < 4; ++j) {
      text += i + j <= bytes.size() ? kLetters[group >> (18 - 6 * j) & 63] : '=';
    }
  }
  return text;
}

class TablePrinter {
 public:
  TablePrinter(const Schema& schema, std::ostream& out) : schema_(schema), out_(out) {
    for (const Field& field : schema.fields()) {
      widths_.push_back(DisplayWidth(OneLine(field.name)));
    }
  }

  void Add(Cells row) {
    if (widths_fixed_) return PrintRow(row);
    for (size_t i = 0; i < row.size(); ++i) {
      widths_[i] = std::max(widths_[i], std::min(DisplayWidth(row[i]), kWidestCell));
    }
    held_.push_back(std::move(row));
    if (held_.size() == kRowsForWidths) Flush();
  }

  void Finish(int64_t rows) {
    if (!widths_fixed_) Flush();
    out_ << "(" << rows << (rows == 1 ? " row)\n" : " rows)\n");
  }

 private:
  void Flush() {
    widths_fixed_ = true;
    Cells header;
    for (const Field& field : schema_.fields()) header.push_back(OneLine(field.name));
    PrintRow(header);
    for (size_t i = 0; i < widths_.size(); ++i) {
      out_ << (i ? "+" : "") << std::string(widths_[i] + 2, '-');
    }
    out_ << "\n";
    for (const Cells& row : held_) PrintRow(row);
    held_.clear();
  }

  void PrintRow(const Cells& row) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      const size_t width = DisplayWidth(row[i]);
      const std::string pad(width < widths_[i] ? widths_[i] - width : 0, ' ');
      const bool right = schema_[i].type.IsNumeric();
      line += (i ? "| " : " ") + (right ? pad + row[i] : row[i] + pad) + " ";
    }
    while (!line.empty() && line.back() == ' ') line.pop_back();
    out_ << line << "\n";
  }

  const Schema& schema_;
  std::ostream& out_;
  std::vector<size_t> widths_;
  std::vector<Cells> held_;
  bool widths_fixed_ = false;
};

std::string CsvField(const std::string& text) {
  // An empty text is not NULL, which is nothing at all.
  if (!text.empty() && text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

void PrintCsvRow(const Cells& row, std::ostream& out) {
  for (size_t i = 0; i < row.size(); ++i) out << (i ? "," : "") << row[i];
  out << "\n";
}

std::string Quoted(const std::string& text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string JsonMembers(const Value& value) {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ",") + part; };
  const auto& items = value.items();
  if (value.type().id() == TypeId::kStruct) {
    for (size_t i = 0; i < items.size(); ++i) {
      add(Quoted(value.type().fields()[i].name) + ":" + ToJsonText(items[i]));
    }
    return "{" + text + "}";
  }
  if (value.type().id() == TypeId::kMap) {
    for (size_t i = 0; i + 1 < items.size(); i += 2) {
      add(Quoted(items[i].ToString()) + ":" + ToJsonText(items[i + 1]));
    }
    return "{" + text + "}";
  }
  for (const Value& item : items) add(ToJsonText(item));
  return "[" + text + "]";
}

std::string JsonRow(const Batch& batch, int64_t row) {
  std::string text = "{";
  for (size_t i = 0; i < batch.schema().size(); ++i) {
    text += (i ? "," : "") + Quoted(batch.schema()[i].name) + ":" + ToJsonText(batch.At(i, row));
  }
  return text + "}";
}

}  // namespace

size_t DisplayWidth(const std::string& text) {
  std::mbstate_t state{};
  size_t width = 0;
  for (size_t at = 0; at < text.size();) {
    wchar_t letter = 0;
    const size_t used = std::mbrtowc(&letter, text.data() + at, text.size() - at, &state);
    if (used == 0 || used > text.size() - at) {
      ++width;
      ++at;
      state = {};
      continue;
    }
    const int columns = wcwidth(letter);
    width += columns > 0 ? static_cast<size_t>(columns) : 0;
    at += used;
  }
  return width;
}

std::string ToJsonText(const Value& value) {
  if (value.is_null()) return "null";
  const DataType& type = value.type();
  if (type.id() == TypeId::kBoolean) return value.boolean() ? "true" : "false";
  if (type.id() == TypeId::kBinary) return Quoted(Base64(value.text()));
  if (type.IsNested()) return JsonMembers(value);
  const bool is_float = type.id() == TypeId::kFloat || type.id() == TypeId::kDouble;
  if (type.IsNumeric() && !(is_float && !std::isfinite(value.real()))) return value.ToString();
  return Quoted(value.ToString());
}

int64_t PrintRows(BatchStream& rows, OutputFormat format, std::ostream& out) {
  const Schema schema = rows.schema();
  int64_t count = 0;
  TablePrinter table(schema, out);
  if (format == OutputFormat::kCsv && schema.size() > 0) {
    Cells header;
    for (const Field& field : schema.fields()) header.push_back(CsvField(field.name));
    PrintCsvRow(header, out);
  }
  while (const auto batch = rows.Next()) {
    for (int64_t row = 0; row < batch->rows(); ++row, ++count) {
      if (format == OutputFormat::kJson) {
        out << JsonRow(*batch, row) << "\n";
        continue;
      }
      Cells cells;
      for (size_t i = 0; i < schema.size(); ++i) {
        const Value value = batch->At(i, row);
        if (format == OutputFormat::kTable) {
          cells.push_back(OneLine(value.ToString()));
        } else {
          cells.push_back(value.is_null() ? "" : CsvField(value.ToString()));
        }
      }
      if (format == OutputFormat::kTable) {
        table.Add(std::move(cells));
      } else {
        PrintCsvRow(cells, out);
      }
    }
  }
  if (format == OutputFormat::kTable && schema.size() > 0) table.Finish(count);
  return count;
}

}  // namespace weir::app
