#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace weir::pipeline {

struct LayoutOptions {
  double node_width = 236;
  double node_height = 62;
  double layer_gap = 90;  // Between the columns of nodes.
  double node_gap = 22;   // Between nodes of one column.
  double edge_gap = 16;   // Around an edge that passes a column.
};

// Where a node's box begins.
struct Place {
  size_t layer = 0;
  double x = 0;
  double y = 0;
};

// An edge from the right side of a node to the left side of another: its points, first to last.
struct Route {
  std::vector<std::pair<double, double>> points;
};

struct Layout {
  std::vector<Place> nodes;
  std::vector<Route> edges;
  double width = 0;
  double height = 0;
};

// Places the nodes of a graph without cycles in columns, each right of all that it has edges from,
// so that edges cross little and pass nodes at a distance. The same graph always gives the same.
Layout LayOut(size_t nodes, const std::vector<std::pair<size_t, size_t>>& edges,
              const LayoutOptions& options = {});

}  // namespace weir::pipeline
