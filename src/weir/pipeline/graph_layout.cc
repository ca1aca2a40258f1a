#include "weir/pipeline/graph_layout.h"

#include <algorithm>
#include <cstdint>

namespace weir::pipeline {
namespace {

constexpr int kSweeps = 24;

// Nodes, and a point for each column that an edge passes.
class Layers {
 public:
  Layers(size_t nodes, const std::vector<std::pair<size_t, size_t>>& edges,
         const LayoutOptions& options)
      : options_(options), nodes_(nodes), edges_(edges) {
    Assign();
    AddPoints();
    Order();
    Spread();
  }

  Layout Result() const {
    Layout layout;
    for (size_t v = 0; v < nodes_; ++v) layout.nodes.push_back({layer_[v], XOf(v), y_[v]});
    for (const auto& chain : chains_) {
      Route route;
      route.points.emplace_back(XOf(chain.front()) + options_.node_width, Middle(chain.front()));
      for (size_t i = 1; i + 1 < chain.size(); ++i) {
        route.points.emplace_back(XOf(chain[i]), Middle(chain[i]));
        route.points.emplace_back(XOf(chain[i]) + options_.node_width, Middle(chain[i]));
      }
      route.points.emplace_back(XOf(chain.back()), Middle(chain.back()));
      layout.edges.push_back(std::move(route));
    }
    layout.width = columns_.empty() ? 0
                                    : static_cast<double>(columns_.size()) *
                                              (options_.node_width + options_.layer_gap) -
                                          options_.layer_gap;
    for (size_t v = 0; v < y_.size(); ++v) layout.height = std::max(layout.height, Bottom(v));
    return layout;
  }

 private:
  double HeightOf(size_t v) const { return v < nodes_ ? options_.node_height : 0; }
  double GapOf(size_t v) const { return v < nodes_ ? options_.node_gap : options_.edge_gap; }
  double XOf(size_t v) const {
    return static_cast<double>(layer_[v]) * (options_.node_width + options_.layer_gap);
  }
  double Middle(size_t v) const { return y_[v] + HeightOf(v) / 2; }
  double Bottom(size_t v) const { return y_[v] + HeightOf(v); }

  // Each node right after the last of those before it; what nothing leads to, right before the
  // first that it leads to.
  void Assign() {
    layer_.assign(nodes_, 0);
    for (size_t round = 0; round < nodes_; ++round) {
      bool changed = false;
      for (const auto& [from, to] : edges_) {
        if (layer_[to] > layer_[from]) continue;
        layer_[to] = layer_[from] + 1;
        changed = true;
      }
      if (!changed) break;
    }
    std::vector<bool> has_inputs(nodes_);
    std::vector<size_t> first(nodes_, SIZE_MAX);
    for (const auto& [from, to] : edges_) {
      has_inputs[to] = true;
      first[from] = std::min(first[from], layer_[to]);
    }
    for (size_t v = 0; v < nodes_; ++v) {
      if (!has_inputs[v] && first[v] != SIZE_MAX) layer_[v] = first[v] - 1;
    }
  }

  void AddPoints() {
    for (const auto& [from, to] : edges_) {
      std::vector<size_t> chain{from};
      for (size_t layer = layer_[from] + 1; layer < layer_[to]; ++layer) {
        chain.push_back(layer_.size());
        layer_.push_back(layer);
      }
      chain.push_back(to);
      chains_.push_back(std::move(chain));
    }
    before_.resize(layer_.size());
    after_.resize(layer_.size());
    for (const auto& chain : chains_) {
      for (size_t i = 0; i + 1 < chain.size(); ++i) {
        after_[chain[i]].push_back(chain[i + 1]);
        before_[chain[i + 1]].push_back(chain[i]);
      }
    }
    for (size_t v = 0; v < layer_.size(); ++v) {
      if (columns_.size() <= layer_[v]) columns_.resize(layer_[v] + 1);
      columns_[layer_[v]].push_back(v);
    }
  }

  // Each column by the mean place of its neighbours, from left to right and back; the best of all
  // is kept.
  void Order() {
    Number();
    auto best = columns_;
    size_t fewest = Crossings();
    for (int sweep = 0; sweep < kSweeps && fewest > 0; ++sweep) {
      const bool forward = sweep % 2 == 0;
      for (size_t i = 0; i < columns_.size(); ++i) {
        SortBy(forward ? i : columns_.size() - 1 - i, forward ? before_ : after_);
      }
      const size_t crossings = Crossings();
      if (crossings < fewest) {
        fewest = crossings;
        best = columns_;
      }
    }
    columns_ = best;
    Number();
  }

  void Number() {
    place_.resize(layer_.size());
    for (const auto& column : columns_) {
      for (size_t i = 0; i < column.size(); ++i) place_[column[i]] = static_cast<double>(i);
    }
  }

  void SortBy(size_t at, const std::vector<std::vector<size_t>>& neighbours) {
    std::vector<double> wanted(layer_.size());
    for (const size_t v : columns_[at]) wanted[v] = Mean(neighbours[v], place_, place_[v]);
    std::stable_sort(columns_[at].begin(), columns_[at].end(),
                     [&](size_t left, size_t right) { return wanted[left] < wanted[right]; });
    for (size_t i = 0; i < columns_[at].size(); ++i) {
      place_[columns_[at][i]] = static_cast<double>(i);
    }
  }

  static double Mean(const std::vector<size_t>& of, const std::vector<double>& values,
                     double otherwise) {
    if (of.empty()) return otherwise;
    double sum = 0;
    for (const size_t v : of) sum += values[v];
    return sum / static_cast<double>(of.size());
  }

  size_t Crossings() const {
    size_t crossings = 0;
    for (const auto& column : columns_) {
      std::vector<std::pair<double, double>> lines;
      for (const size_t v : column) {
        for (const size_t w : after_[v]) lines.emplace_back(place_[v], place_[w]);
      }
      for (size_t i = 0; i < lines.size(); ++i) {
        for (size_t j = i + 1; j < lines.size(); ++j) {
          crossings += (lines[i].first - lines[j].first) * (lines[i].second - lines[j].second) < 0;
        }
      }
    }
    return crossings;
  }

  // Heights: near the mean of the neighbours, in order and with the gaps.
  void Spread() {
    y_.assign(layer_.size(), 0);
    for (const auto& column : columns_) {
      double y = 0;
      for (const size_t v : column) {
        y_[v] = y;
        y += HeightOf(v) + GapOf(v);
      }
    }
    for (int sweep = 0; sweep < kSweeps; ++sweep) {
      const bool forward = sweep % 2 == 0;
      for (size_t i = 0; i < columns_.size(); ++i) {
        Settle(columns_[forward ? i : columns_.size() - 1 - i], forward ? before_ : after_);
      }
    }
    const double top = y_.empty() ? 0 : *std::min_element(y_.begin(), y_.end());
    for (double& y : y_) y -= top;
  }

  void Settle(const std::vector<size_t>& column, const std::vector<std::vector<size_t>>& beside) {
    std::vector<double> middles(y_.size());
    for (size_t v = 0; v < y_.size(); ++v) middles[v] = Middle(v);
    std::vector<double> wanted;
    for (const size_t v : column) {
      wanted.push_back(Mean(beside[v], middles, middles[v]) - HeightOf(v) / 2);
    }
    // Pushed down where it would overlap, and pushed up likewise; the middle of both.
    std::vector<double> down = wanted;
    std::vector<double> up = wanted;
    for (size_t i = 1; i < column.size(); ++i) {
      down[i] = std::max(down[i], down[i - 1] + Step(column[i - 1], column[i]));
    }
    for (size_t i = column.size(); i-- > 1;) {
      up[i - 1] = std::min(up[i - 1], up[i] - Step(column[i - 1], column[i]));
    }
    for (size_t i = 0; i < column.size(); ++i) y_[column[i]] = (down[i] + up[i]) / 2;
  }

  double Step(size_t upper, size_t lower) const {
    return HeightOf(upper) + std::max(GapOf(upper), GapOf(lower));
  }

  const LayoutOptions& options_;
  const size_t nodes_;
  const std::vector<std::pair<size_t, size_t>>& edges_;
  std::vector<size_t> layer_;
  std::vector<std::vector<size_t>> chains_;  // By edge: its ends and points.
  std::vector<std::vector<size_t>> before_, after_;
  std::vector<std::vector<size_t>> columns_;
  std::vector<double> place_;  // Within the column.
  std::vector<double> y_;
};

}  // namespace

Layout LayOut(size_t nodes, const std::vector<std::pair<size_t, size_t>>& edges,
              const LayoutOptions& options) {
  return Layers(nodes, edges, options).Result();
}

}  // namespace weir::pipeline
