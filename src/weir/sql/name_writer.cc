#include "weir/sql/keywords.h"
#include "weir/sql/sql_writer.h"

namespace weir::sql {
namespace {

// Keywords that are read as plain names wherever the writer puts a name.
bool IsHarmless(Keyword keyword) {
  switch (keyword) {
    case Keyword::kNone:
    case Keyword::kADD:
    case Keyword::kARRAY:
    case Keyword::kBIGINT:
    case Keyword::kBINARY:
    case Keyword::kBOOLEAN:
    case Keyword::kCATALOG:
    case Keyword::kCHANGE:
    case Keyword::kCOLUMN:
    case Keyword::kCOLUMNS:
    case Keyword::kCOMMENT:
    case Keyword::kCOPY:
    case Keyword::kDATA:
    case Keyword::kDATABASE:
    case Keyword::kDATE:
    case Keyword::kDECIMAL:
    case Keyword::kDETAIL:
    case Keyword::kDOUBLE:
    case Keyword::kFIRST:
    case Keyword::kFLOAT:
    case Keyword::kFLOW:
    case Keyword::kFORMAT:
    case Keyword::kFUNCTION:
    case Keyword::kHISTORY:
    case Keyword::kIF:
    case Keyword::kINT:
    case Keyword::kLAST:
    case Keyword::kLIST:
    case Keyword::kLOCATION:
    case Keyword::kLONG:
    case Keyword::kMAP:
    case Keyword::kNAME:
    case Keyword::kOPTIONS:
    case Keyword::kOWNER:
    case Keyword::kPOSITION:
    case Keyword::kPROPERTIES:
    case Keyword::kQUERY:
    case Keyword::kREPLACE:
    case Keyword::kSCHEMA:
    case Keyword::kSHORT:
    case Keyword::kSTART:
    case Keyword::kSTRING:
    case Keyword::kSUBSTRING:
    case Keyword::kSYSTEM:
    case Keyword::kTABLES:
    case Keyword::kTIME:
    case Keyword::kTRIM:
    case Keyword::kUSER:
    case Keyword::kVIEW:
    case Keyword::kVIEWS:
      return true;
    default:
      return false;
  }
}

// Words after which "(" is more than a call.
bool IsDangerousFunction(Keyword keyword) {
  switch (keyword) {
    case Keyword::kAND:
    case Keyword::kAS:
    case Keyword::kBETWEEN:
    case Keyword::kCASE:
    case Keyword::kCAST:
    case Keyword::kCROSS:
    case Keyword::kCUBE:
    case Keyword::kELSE:
    case Keyword::kEXCEPT:
    case Keyword::kEXISTS:
    case Keyword::kFALSE:
    case Keyword::kFROM:
    case Keyword::kGROUPING:
    case Keyword::kHAVING:
    case Keyword::kIDENTIFIER:
    case Keyword::kIN:
    case Keyword::kINNER:
    case Keyword::kINTERSECT:
    case Keyword::kINTERVAL:
    case Keyword::kIS:
    case Keyword::kJOIN:
    case Keyword::kLATERAL:
    case Keyword::kLIKE:
    case Keyword::kLIMIT:
    case Keyword::kNOT:
    case Keyword::kNULL:
    case Keyword::kON:
    case Keyword::kOR:
    case Keyword::kOUTER:
    case Keyword::kQUALIFY:
    case Keyword::kROLLUP:
    case Keyword::kSELECT:
    case Keyword::kSTREAM:
    case Keyword::kTABLE:
    case Keyword::kTHEN:
    case Keyword::kTRUE:
    case Keyword::kTRY_CAST:
    case Keyword::kUNION:
    case Keyword::kUSING:
    case Keyword::kVALUES:
    case Keyword::kWHEN:
    case Keyword::kWHERE:
    case Keyword::kWITH:
      return true;
    default:
      return false;
  }
}

std::string InBackticks(std::string_view name) {
  std::string quoted = "`";
  for (const char c : name) {
    if (c == '`') quoted += '`';
    quoted += c;
  }
  return quoted + "`";
}

}  // namespace

std::string Name::ToString() const {
  std::string text;
  for (const Identifier& part : parts) {
    if (!text.empty()) text += ".";
    text += QuoteName(part.text);
  }
  return text;
}

void SqlWriter::PutWord(std::string_view name) {
  Put(IsHarmless(FindKeyword(name)) ? QuoteName(name) : InBackticks(name));
}

void SqlWriter::PutName(const Name& name) {
  PutList(
      name.parts, [&](const Identifier& part) { PutName(part); }, ".");
}

void SqlWriter::PutFunctionName(const Name& name) {
  if (name.parts.size() != 1) return PutName(name);
  const std::string& text = name.parts[0].text;
  Put(IsDangerousFunction(FindKeyword(text)) ? InBackticks(text) : QuoteName(text));
}

void SqlWriter::PutNames(const std::vector<Identifier>& names) {
  Put("(");
  PutList(names, [&](const Identifier& name) { PutName(name); });
  Put(")");
}

}  // namespace weir::sql
