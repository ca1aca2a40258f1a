#include "weir/app/table_printer.h"

#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

#include "weir/app/cell_text.h"
#include "weir/app/display_width.h"
#include "weir/types/clock_value.h"

namespace weir::app {
namespace {

constexpr size_t kRowsForWidths = 1000;
constexpr size_t kWidestCell = 120;  // Where the terminal sets no limit.
// What a column that may be cut keeps. Where even that does not fit, a column a line reads better.
constexpr size_t kReadableCell = 12;
constexpr size_t kSmallestCell = 4;
// Lines of one value where the expanded layout was not asked for.
constexpr size_t kLinesOfValue = 8;
constexpr size_t kNarrowestValue = 10;
constexpr size_t kLongestRule = 72;

struct Cell {
  std::string text;
  bool is_null = false;
};
using Cells = std::vector<Cell>;

// Control characters would break the table's lines; those that end lines are for the caller.
std::string Printable(const std::string& text) {
  std::string line;
  for (const char c : text) {
    if (c == '\n') {
      line += c;
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

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  size_t begin = 0;
  for (size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  lines.push_back(text.substr(begin));
  return lines;
}

size_t WidthOf(const std::string& text) {
  size_t width = 0;
  for (const std::string& line : LinesOf(text)) width = std::max(width, DisplayWidth(line));
  return width;
}

std::string OneLine(const std::string& text) {
  const std::vector<std::string> lines = LinesOf(Printable(text));
  std::string joined = lines.front();
  for (size_t i = 1; i < lines.size(); ++i) joined += "\\n" + lines[i];
  return joined;
}

// Half a number is a wrong number.
bool MayBeCut(const DataType& type) {
  return type.IsNested() || type.id() == TypeId::kString || type.id() == TypeId::kBinary;
}

class TablePrinter {
 public:
  TablePrinter(const Schema& schema, const TableStyle& style, std::ostream& out)
      : schema_(schema),
        style_(style),
        out_(out),
        widest_(style.width > 0 ? style.width : kWidestCell) {
    for (const Field& field : schema.fields()) {
      names_.push_back({OneLine(field.name)});
      name_widths_.push_back(DisplayWidth(names_.back().text));
    }
    cell_widths_.resize(schema.size());
  }

  void Add(const Batch& batch, int64_t row) {
    ++rows_;
    if (style_.max_rows && rows_ > *style_.max_rows) {
      // What is drawn is seen while the rest is counted.
      if (rows_ == *style_.max_rows + 1) Flush();
      return;
    }
    Cells cells;
    for (size_t i = 0; i < schema_.size(); ++i) {
      cells.push_back(CellOf(OnClocksOf(*style_.zone, batch.At(i, row))));
    }
    if (began_) return Draw(cells);
    for (size_t i = 0; i < cells.size(); ++i) {
      cell_widths_[i] = std::max(cell_widths_[i], std::min(WidthOf(cells[i].text), widest_));
    }
    held_.push_back(std::move(cells));
    if (held_.size() == kRowsForWidths) Flush();
  }

  int64_t Finish() {
    Flush();
    const char* const noun = rows_ == 1 ? " row" : " rows";
    if (style_.max_rows && rows_ > *style_.max_rows) {
      out_ << "(" << *style_.max_rows << " of " << rows_ << noun
           << " shown; \\rows all shows all)\n";
    } else {
      out_ << "(" << rows_ << noun << ")\n";
    }
    if (was_cut_) out_ << "(… is what did not fit; \\x on shows it)\n";
    return rows_;
  }

 private:
  Cell CellOf(const Value& value) const {
    if (value.is_null() && style_.marks_null && !style_.colour) return {"<null>", true};
    return {Printable(CellText(value, *style_.zone)), value.is_null()};
  }

  // One text and nothing else, as EXPLAIN gives it, is there to be read and copied as it is.
  void SettleLoneText() {
    is_lone_text_ = schema_.size() == 1 && rows_ == 1 && !expanded_ &&
                    held_.front().front().text.find('\n') != std::string::npos;
    if (!is_lone_text_) return;
    std::string& text = held_.front().front().text;
    while (text.ends_with('\n')) text.pop_back();
  }

  // Draws what was held back; widths and layout are settled from then on.
  void Flush() {
    if (!began_) {
      began_ = true;
      SettleLayout();
      SettleLoneText();
      if (!expanded_) DrawHeader();
    }
    for (const Cells& cells : held_) Draw(cells);
    held_.clear();
    out_.flush();
  }

  size_t Frame() const { return 3 * schema_.size() - 1; }  // All that is not cells.

  // The least that column `i` can do with when what may be cut keeps `cut` columns.
  size_t LeastWidth(size_t i, size_t cut) const {
    const size_t cells =
        MayBeCut(schema_[i].type) ? std::min(cell_widths_[i], cut) : cell_widths_[i];
    return std::max(cells, std::min(name_widths_[i], cut));
  }

  size_t TotalWidth(size_t cut) const {
    size_t total = Frame();
    for (size_t i = 0; i < schema_.size(); ++i) total += LeastWidth(i, cut);
    return total;
  }

  void SettleLayout() {
    const bool limited = style_.width > 0;
    expanded_ = style_.layout == TableLayout::kExpanded ||
                (style_.layout == TableLayout::kAuto && limited &&
                 TotalWidth(kReadableCell) > style_.width);
    size_t cut = widest_;
    for (const size_t width : name_widths_) cut = std::max(cut, width);
    // The most that all that may be cut can keep.
    while (limited && cut > kSmallestCell && TotalWidth(cut) > style_.width) --cut;
    for (size_t i = 0; i < schema_.size(); ++i) widths_.push_back(LeastWidth(i, cut));
    GiveOutRest();
  }

  // What the common limit left over goes to the columns that were cut, from the left.
  void GiveOutRest() {
    if (style_.width == 0) return;
    size_t used = Frame();
    for (const size_t width : widths_) used += width;
    for (size_t i = 0; i < widths_.size() && used < style_.width; ++i) {
      const size_t wanted = std::max(cell_widths_[i], name_widths_[i]);
      const size_t more = std::min(wanted - widths_[i], style_.width - used);
      widths_[i] += more;
      used += more;
    }
  }

  void DrawHeader() {
    DrawRow(names_, /*is_header=*/true);
    for (size_t i = 0; i < widths_.size(); ++i) {
      out_ << (i ? "+" : "") << std::string(widths_[i] + 2, '-');
    }
    out_ << "\n";
  }

  void Draw(const Cells& cells) {
    ++drawn_;
    if (expanded_) {
      DrawExpanded(cells);
    } else {
      DrawRow(cells, /*is_header=*/false);
    }
  }

  // A cell of several lines goes on below, with a '+' behind each that is not its last.
  void DrawRow(const Cells& cells, bool is_header) {
    std::vector<std::vector<std::string>> lines;
    size_t height = 1;
    for (const Cell& cell : cells) {
      lines.push_back(LinesOf(cell.text));
      height = std::max(height, lines.back().size());
    }
    for (size_t k = 0; k < height; ++k) {
      std::string line;
      for (size_t i = 0; i < cells.size(); ++i) {
        const bool goes_on = k + 1 < lines[i].size() && !is_lone_text_;
        line += (i ? "| " : " ") +
                CellLine(i, k < lines[i].size() ? lines[i][k] : "", is_header, cells[i].is_null) +
                (goes_on ? "+" : " ");
      }
      while (!line.empty() && line.back() == ' ') line.pop_back();
      out_ << line << "\n";
    }
  }

  std::string CellLine(size_t column, const std::string& whole, bool is_header, bool is_null) {
    const std::string text = Fitted(column, whole, is_header);
    const size_t width = DisplayWidth(text);
    const std::string pad(width < widths_[column] ? widths_[column] - width : 0, ' ');
    const std::string shown = Coloured(text, is_header, is_null);
    return schema_[column].type.IsNumeric() ? pad + shown : shown + pad;
  }

  std::string Fitted(size_t column, const std::string& text, bool is_header) {
    const bool may_be_cut =
        style_.width > 0 && !is_lone_text_ && (is_header || MayBeCut(schema_[column].type));
    if (!may_be_cut) return text;
    std::string fitted = CutToWidth(text, widths_[column]);
    was_cut_ = was_cut_ || fitted != text;
    return fitted;
  }

  std::string Coloured(const std::string& text, bool is_bold, bool is_dim) const {
    if (!style_.colour || !(is_bold || is_dim)) return text;
    return (is_bold ? "\x1b[1m" : "\x1b[2m") + text + "\x1b[0m";
  }

  // -[ row 1 ]---
  //  name | value
  void DrawExpanded(const Cells& cells) {
    size_t name_width = *std::max_element(name_widths_.begin(), name_widths_.end());
    if (style_.width > 0) name_width = std::min(name_width, style_.width / 2);
    const std::string title = "-[ row " + std::to_string(drawn_) + " ]";
    const size_t rule = std::min(style_.width > 0 ? style_.width : kLongestRule, kLongestRule);
    out_ << title << std::string(rule > title.size() ? rule - title.size() : 0, '-') << "\n";
    for (size_t i = 0; i < cells.size(); ++i) {
      const std::string name = CutToWidth(names_[i].text, name_width);
      const std::string pad(name_width - DisplayWidth(name), ' ');
      std::string lead = " " + Coloured(name, true, false) + pad + " |";
      for (const std::string& piece : Pieces(cells[i].text, name_width + 4)) {
        out_ << lead << (piece.empty() ? "" : " ") << Coloured(piece, false, cells[i].is_null)
             << "\n";
        lead = std::string(name_width + 2, ' ') + "|";
      }
    }
  }

  // A value in lines beside `taken` columns.
  std::vector<std::string> Pieces(const std::string& text, size_t taken) {
    if (style_.width == 0) return LinesOf(text);
    const size_t width =
        style_.width > taken + kNarrowestValue ? style_.width - taken : kNarrowestValue;
    std::vector<std::string> pieces;
    for (const std::string& line : LinesOf(text)) {
      for (std::string& piece : WrapToWidth(line, width)) pieces.push_back(std::move(piece));
    }
    if (style_.layout == TableLayout::kAuto && pieces.size() > kLinesOfValue) {
      pieces.resize(kLinesOfValue);
      pieces.back() = CutToWidth(pieces.back() + "……", width);
      was_cut_ = true;
    }
    return pieces;
  }

  const Schema& schema_;
  const TableStyle& style_;
  std::ostream& out_;
  const size_t widest_;
  Cells names_;
  std::vector<size_t> name_widths_;
  std::vector<size_t> cell_widths_;
  std::vector<size_t> widths_;
  std::vector<Cells> held_;
  int64_t rows_ = 0;
  int64_t drawn_ = 0;
  bool began_ = false;
  bool expanded_ = false;
  bool is_lone_text_ = false;
  bool was_cut_ = false;
};

}  // namespace

int64_t PrintTable(BatchStream& rows, const TableStyle& style, std::ostream& out) {
  const Schema schema = rows.schema();
  if (schema.size() == 0) {
    int64_t count = 0;
    while (const auto batch = rows.Next()) count += batch->rows();
    return count;
  }
  TablePrinter table(schema, style, out);
  while (const auto batch = out ? rows.Next() : std::nullopt) {
    for (int64_t row = 0; row < batch->rows() && out; ++row) table.Add(*batch, row);
  }
  return table.Finish();
}

}  // namespace weir::app
