#include "weir/app/output.h"

#include <cmath>
#include <ostream>
#include <vector>

#include "weir/app/cell_text.h"
#include "weir/app/table_printer.h"
#include "weir/base/base64.h"
#include "weir/base/json.h"
#include "weir/types/clock_value.h"
#include "weir/types/variant.h"

namespace weir::app {

std::string ToJsonString(const std::string& text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

namespace {

using CsvCells = std::vector<std::string>;

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

// What other programs can read back: bytes and what is nested as in JSON.
std::string CsvText(const Value& value, const TimeZone& zone) {
  if (value.type().id() == TypeId::kBinary) return ToBase64(value.text());
  const bool nests = value.type().IsNested() || value.type().id() == TypeId::kVariant;
  return nests ? ToJsonText(value, zone) : value.ToString();
}

void PrintCsvRow(const CsvCells& row, std::ostream& out) {
  for (size_t i = 0; i < row.size(); ++i) out << (i ? "," : "") << row[i];
  out << "\n";
}

std::string JsonMembers(const Value& value, const TimeZone& zone) {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ",") + part; };
  const auto& items = value.items();
  if (value.type().id() == TypeId::kStruct) {
    for (size_t i = 0; i < items.size(); ++i) {
      add(ToJsonString(value.type().fields()[i].name) + ":" + ToJsonText(items[i], zone));
    }
    return "{" + text + "}";
  }
  if (value.type().id() == TypeId::kMap) {
    for (size_t i = 0; i + 1 < items.size(); i += 2) {
      add(ToJsonString(items[i].ToString()) + ":" + ToJsonText(items[i + 1], zone));
    }
    return "{" + text + "}";
  }
  for (const Value& item : items) add(ToJsonText(item, zone));
  return "[" + text + "]";
}

std::string JsonRow(const Batch& batch, int64_t row, const TimeZone& zone) {
  std::string text = "{";
  for (size_t i = 0; i < batch.schema().size(); ++i) {
    text += (i ? "," : "") + ToJsonString(batch.schema()[i].name) + ":" +
            ToJsonText(OnClocksOf(zone, batch.At(i, row)), zone);
  }
  return text + "}";
}

}  // namespace

std::string ToJsonText(const Value& value, const TimeZone& zone) {
  if (value.is_null()) return "null";
  const DataType& type = value.type();
  if (type.id() == TypeId::kBoolean) return value.boolean() ? "true" : "false";
  if (type.id() == TypeId::kBinary) return ToJsonString(ToBase64(value.text()));
  if (type.id() == TypeId::kVariant) return VariantView(value.text()).ToJson(zone);
  if (type.IsNested()) return JsonMembers(value, zone);
  const bool is_float = type.id() == TypeId::kFloat || type.id() == TypeId::kDouble;
  if (type.IsNumeric() && !(is_float && !std::isfinite(value.real()))) return value.ToString();
  return ToJsonString(value.ToString());
}

int64_t PrintRows(BatchStream& rows, OutputFormat format, std::ostream& out, const TimeZone& zone) {
  if (format == OutputFormat::kTable) {
    TableStyle style;
    style.zone = &zone;
    return PrintTable(rows, style, out);
  }
  const Schema schema = rows.schema();
  int64_t count = 0;
  if (format == OutputFormat::kCsv && schema.size() > 0) {
    CsvCells header;
    for (const Field& field : schema.fields()) header.push_back(CsvField(field.name));
    PrintCsvRow(header, out);
  }
  while (const auto batch = out ? rows.Next() : std::nullopt) {
    for (int64_t row = 0; row < batch->rows() && out; ++row, ++count) {
      if (format == OutputFormat::kJson) {
        out << JsonRow(*batch, row, zone) << "\n";
        continue;
      }
      CsvCells cells;
      for (size_t i = 0; i < schema.size(); ++i) {
        const Value value = OnClocksOf(zone, batch->At(i, row));
        cells.push_back(value.is_null() ? "" : CsvField(CsvText(value, zone)));
      }
      PrintCsvRow(cells, out);
    }
  }
  return count;
}

}  // namespace weir::app
