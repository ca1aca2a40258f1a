#include "weir/pipeline/graph_page.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>

#include "weir/base/error.h"
#include "weir/base/json.h"
#include "weir/pipeline/graph_layout.h"
#include "weir/pipeline/graph_page_assets.h"
#include "weir/session/cdc_query.h"
#include "weir/sql/binder.h"

namespace weir::pipeline {
namespace {

using session::Dataset;
using session::Flow;

constexpr double kMargin = 2;  // So that strokes are whole.

std::string Escaped(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string Number(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", number);
  return text;
}

std::string Grouped(int64_t number) {
  std::string text = std::to_string(number);
  for (auto at = static_cast<int64_t>(text.size()) - 3; at > (number < 0 ? 1 : 0); at -= 3) {
    text.insert(static_cast<size_t>(at), ",");
  }
  return text;
}

// The end of a long text, which tells more than its beginning: names differ there.
std::string Short(const std::string& text, size_t most) {
  if (text.size() <= most) return text;
  size_t from = text.size() - most + 1;
  while (from < text.size() && (static_cast<unsigned char>(text[from]) & 0xC0) == 0x80) ++from;
  return "…" + text.substr(from);
}

// "read_files('data/trips')": what tells one source from another.
std::string SourceName(const session::PipelineScope& scope, const sql::NamedInput& input) {
  if (!input.is_function) return scope.Qualify(input.name).ToString();
  std::string name = input.name.ToString() + "(";
  if (input.arguments != nullptr && !input.arguments->empty()) {
    name += std::string(input.arguments->front().value->span.Text());
  }
  return name + ")";
}

class Page {
 public:
  Page(const CheckedProject& checked, const std::optional<LastUpdate>& last)
      : checked_(checked), scope_(checked.project->Scope()), last_(last) {
    if (last) report_ = ParseJson(last->report_json, "the report of the last update");
    for (const Dataset* dataset : checked.graph->order()) AddDataset(*dataset);
    for (const Dataset* dataset : checked.graph->order()) AddEdges(*dataset);
  }

  std::string ToText() const {
    const std::string title = Escaped(checked_.project->spec.name);
    std::string data = data_.dump(-1, ' ', false, Json::error_handler_t::replace);
    // No end tag within the script.
    for (size_t at = 0; (at = data.find('<', at)) != std::string::npos;) {
      data.replace(at, 1, "\\u003c");
    }
    return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
           title + "</title>\n<style>" + kGraphPageStyle +
           "</style>\n</head>\n<body>\n<header><h1>" + title + "</h1>" + Facts() +
           "<button id=\"fit\" type=\"button\">Fit</button></header>\n<main>\n<div "
           "id=\"picture\">" +
           Picture() +
           "</div>\n<aside id=\"panel\"><p class=\"soft\">Point at a dataset to see its columns "
           "and "
           "what the last update did; click to keep it.</p></aside>\n</main>\n"
           "<script type=\"application/json\" id=\"data\">" +
           data + "</script>\n<script>" + kGraphPageScript + "</script>\n</body>\n</html>\n";
  }

 private:
  struct Box {
    std::string name;
    std::string kind;
    std::string figures;
    std::string state;  // Of its last update: a class of the style.
    bool is_source = false;
  };

  void AddDataset(const Dataset& dataset) {
    const std::string name = dataset.name.ToString();
    index_[name] = boxes_.size();
    Box box{dataset.name.name, std::string(dataset.KindName()), "", "NONE"};
    if (dataset.name.schema != scope_.schema || dataset.name.catalog != scope_.catalog) {
      box.name = name;
    }
    Json node{{"name", name}, {"kind", box.kind}, {"flows", Json::array()}};
    int64_t rows = 0;
    double seconds = 0;
    int64_t failed = 0;
    for (const Json& flow : FlowsOf(name)) {
      node["flows"].push_back(FlowData(flow, name));
      rows += flow.value("num_output_rows", int64_t{0});
      seconds += flow.value("seconds", 0.0);
      for (const Json& count : flow.value("expectations", Json::array())) {
        failed += count.value("failed_records", int64_t{0});
      }
      const std::string status = flow.value("status", "");
      const bool idle = status == "COMPLETED" && flow.value("batches", int64_t{0}) == 0;
      const std::string state = idle && dataset.IsTable() ? "IDLE" : status;
      if (box.state != "FAILED") box.state = state;
    }
    if (box.state == "COMPLETED" && dataset.IsTable()) {
      box.figures = Grouped(rows) + (rows == 1 ? " row" : " rows");
      box.figures += " · " + Number(seconds) + " s";
      if (failed > 0) box.figures += " · " + Grouped(failed) + " failed";
    } else if (box.state == "IDLE") {
      box.figures = "nothing new";
    } else if (box.state == "FAILED" || box.state == "SKIPPED" || box.state == "STOPPED") {
      box.figures = LowerName(box.state);
    }
    const auto schema = checked_.schemas.find(dataset.name);
    if (schema != checked_.schemas.end()) {
      node["columns"] = Json::array();
      for (const Field& field : schema->second.fields()) {
        node["columns"].push_back(
            {field.name, field.type.ToString() + (field.nullable ? "" : " not null")});
      }
    }
    if (dataset.span.source) {
      node["defined"] = dataset.span.source->name + ":" + std::to_string(dataset.span.Line());
    }
    boxes_.push_back(std::move(box));
    data_.push_back(std::move(node));
  }

  void AddEdges(const Dataset& dataset) {
    const size_t to = index_.at(dataset.name.ToString());
    std::set<size_t> from;
    for (const Flow& flow : dataset.flows) {
      for (const sql::NamedInput& input : session::InputsOfFlow(flow)) {
        const Dataset* other = input.is_function ? nullptr : scope_.Find(input.name);
        from.insert(other != nullptr ? index_.at(other->name.ToString())
                                     : IndexOfSource(SourceName(scope_, input)));
      }
    }
    for (const size_t one : from) edges_.emplace_back(one, to);
  }

  size_t IndexOfSource(const std::string& name) {
    const auto [at, is_new] = index_.try_emplace("source " + name, boxes_.size());
    if (is_new) {
      boxes_.push_back({name, "source", "", "", true});
      data_.push_back({{"name", name}, {"kind", "source, from outside the pipeline"}});
    }
    return at->second;
  }

  std::vector<Json> FlowsOf(const std::string& dataset) const {
    std::vector<Json> flows;
    if (!report_.is_object()) return flows;
    for (const Json& flow : report_.value("flows", Json::array())) {
      if (flow.value("dataset", "") == dataset) flows.push_back(flow);
    }
    return flows;
  }

  // What the panel shows of a flow's last run.
  static Json FlowData(const Json& flow, const std::string& dataset) {
    const std::string name = flow.value("flow", "");
    Json figures = Json::array();
    const auto add = [&](const std::string& what, const std::string& text) {
      figures.push_back({what, text});
    };
    add("status", LowerName(flow.value("status", "")));
    if (flow.contains("how")) {
      const std::string why = flow.value("why", "");
      add("how", flow.value("how", "") + (why.empty() ? "" : " (" + why + ")"));
      add("rows written", Grouped(flow.value("num_output_rows", int64_t{0})));
      add("rows dropped", Grouped(flow.value("dropped_records", int64_t{0})));
      add("rows rejected", Grouped(flow.value("rejected_records", int64_t{0})));
      add("files read", Grouped(flow.value("files_read", int64_t{0})));
      add("version", Grouped(flow.value("table_version", int64_t{0})));
    }
    add("time", Number(flow.value("seconds", 0.0)) + " s");
    Json expectations = Json::array();
    for (const Json& count : flow.value("expectations", Json::array())) {
      expectations.push_back({count.value("name", ""),
                              Grouped(count.value("failed_records", int64_t{0})) + " failed, " +
                                  Grouped(count.value("passed_records", int64_t{0})) + " passed"});
    }
    return {{"title", name == dataset ? "Last update" : "Last update of flow " + name},
            {"figures", std::move(figures)},
            {"message", flow.value("message", "")},
            {"expectations", std::move(expectations)}};
  }

  std::string Facts() const {
    size_t datasets = 0;
    for (const Box& box : boxes_) datasets += !box.is_source;
    std::string facts = "<span class=\"facts\">" + std::to_string(datasets) + " datasets in " +
                        Escaped(scope_.catalog + "." + scope_.schema) + "</span>";
    if (!last_) return facts + "<span class=\"facts\">has not run yet</span>";
    const std::string state = report_.value("state", "");
    return facts + "<span class=\"state text-" + Escaped(state) + "\">" +
           Escaped(LowerName(state)) + "</span><span class=\"facts\">last update ended " +
           FormatIso({last_->ended.micros / 1'000'000 * 1'000'000}) + ", took " +
           Number(report_.value("seconds", 0.0)) + " s</span>";
  }

  std::string Picture() const {
    const LayoutOptions options;
    const Layout layout = LayOut(boxes_.size(), edges_, options);
    const std::string width = Number(layout.width + 2 * kMargin);
    const std::string height = Number(layout.height + 2 * kMargin);
    std::string svg =
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"what "
        "feeds what\" width=\"" +
        width + "\" height=\"" + height + "\" viewBox=\"" + Number(-kMargin) + " " +
        Number(-kMargin) + " " + width + " " + height + "\">\n";
    for (size_t i = 0; i < edges_.size(); ++i) {
      svg += "<path class=\"edge\" data-from=\"" + std::to_string(edges_[i].first) +
             "\" data-to=\"" + std::to_string(edges_[i].second) + "\" d=\"" +
             PathOf(layout.edges[i]) + "\"/>\n";
    }
    for (size_t i = 0; i < boxes_.size(); ++i) svg += BoxOf(i, layout.nodes[i], options);
    return svg + "</svg>";
  }

  static std::string PathOf(const Route& route) {
    const auto text = [](const std::pair<double, double>& point) {
      return Number(point.first) + " " + Number(point.second);
    };
    std::string path = "M" + text(route.points.front());
    for (size_t i = 1; i < route.points.size(); ++i) {
      const auto& from = route.points[i - 1];
      const auto& to = route.points[i];
      if (from.second == to.second) {
        path += " L" + text(to);
        continue;
      }
      const double middle = (from.first + to.first) / 2;
      path += " C" + text({middle, from.second}) + " " + text({middle, to.second}) + " " + text(to);
    }
    return path;
  }

  std::string BoxOf(size_t index, const Place& place, const LayoutOptions& options) const {
    const Box& box = boxes_[index];
    const std::string full = data_[index].value("name", "");
    std::string svg = "<g class=\"node" + std::string(box.is_source ? " source" : "") +
                      "\" tabindex=\"0\" data-index=\"" + std::to_string(index) +
                      "\" transform=\"translate(" + Number(place.x) + " " + Number(place.y) +
                      ")\"><title>" + Escaped(full) + "</title><rect class=\"box\" width=\"" +
                      Number(options.node_width) + "\" height=\"" + Number(options.node_height) +
                      "\" rx=\"" + (box.is_source ? "14" : "6") + "\"/>";
    if (!box.is_source) {
      svg += "<rect class=\"" + Escaped(box.state) + "\" width=\"5\" height=\"" +
             Number(options.node_height) + "\" rx=\"2.5\"/>";
    }
    const bool has_figures = !box.figures.empty();
    svg += TextAt("name", has_figures ? 20 : 27, Short(box.name, 25));
    svg += TextAt("kind", has_figures ? 36 : 44, box.kind);
    if (has_figures) svg += TextAt("figures", 52, box.figures);
    return svg + "</g>\n";
  }

  static std::string TextAt(const char* style, double y, const std::string& text) {
    return "<text class=\"" + std::string(style) + "\" x=\"16\" y=\"" + Number(y) + "\">" +
           Escaped(text) + "</text>";
  }

  const CheckedProject& checked_;
  const session::PipelineScope scope_;
  const std::optional<LastUpdate>& last_;
  Json report_;
  std::vector<Box> boxes_;
  Json data_ = Json::array();
  std::map<std::string, size_t> index_;
  std::vector<std::pair<size_t, size_t>> edges_;
};

}  // namespace

std::optional<LastUpdate> FindLastUpdate(const io::Location& storage) {
  std::optional<io::ObjectInfo> newest;
  for (const io::ObjectInfo& report :
       storage.store->List(storage.prefix + "updates/", "", io::ObjectStore::kNoLimit)) {
    if (report.key.ends_with(".json") && (!newest || newest->modified < report.modified)) {
      newest = report;
    }
  }
  if (!newest) return std::nullopt;
  return LastUpdate{storage.store->Read(newest->key), newest->modified};
}

std::string ToHtml(const CheckedProject& checked, const std::optional<LastUpdate>& last) {
  return Page(checked, last).ToText();
}

}  // namespace weir::pipeline
