#include "weir/pipeline/graph_layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace weir::pipeline {
namespace {

using Edges = std::vector<std::pair<size_t, size_t>>;

TEST(GraphLayoutTest, ANodeIsRightOfAllThatItReads) {
  const Edges edges{{0, 1}, {1, 2}, {0, 2}, {3, 2}};
  const Layout layout = LayOut(4, edges);
  for (const auto& [from, to] : edges) EXPECT_LT(layout.nodes[from].layer, layout.nodes[to].layer);
  EXPECT_EQ(layout.nodes[3].layer, 1u) << "what nothing leads to stands beside its reader";
}

TEST(GraphLayoutTest, BoxesNeverOverlap) {
  Edges edges;
  for (size_t v = 1; v < 40; ++v) {
    edges.emplace_back((v - 1) / 2, v);
    if (v > 7) edges.emplace_back(v % 5, v);
  }
  const LayoutOptions options;
  const Layout layout = LayOut(40, edges, options);
  for (size_t v = 0; v < 40; ++v) {
    EXPECT_GE(layout.nodes[v].y, 0);
    EXPECT_LE(layout.nodes[v].y + options.node_height, layout.height + 0.001);
    for (size_t w = v + 1; w < 40; ++w) {
      if (layout.nodes[v].layer != layout.nodes[w].layer) continue;
      EXPECT_GE(std::abs(layout.nodes[v].y - layout.nodes[w].y), options.node_height) << v << w;
    }
  }
}

// The two chains are given the wrong way round.
TEST(GraphLayoutTest, EdgesThatNeedNotCrossDoNot) {
  const Layout layout = LayOut(4, {{0, 3}, {1, 2}});
  EXPECT_GT((layout.nodes[0].y - layout.nodes[1].y) * (layout.nodes[3].y - layout.nodes[2].y), 0);
}

TEST(GraphLayoutTest, AnEdgePassesTheNodesOfAColumnAtADistance) {
  const LayoutOptions options;
  const Layout layout = LayOut(3, {{0, 1}, {1, 2}, {0, 2}}, options);
  ASSERT_EQ(layout.edges[2].points.size(), 4u);
  const double y = layout.edges[2].points[1].second;
  EXPECT_TRUE(y < layout.nodes[1].y || y > layout.nodes[1].y + options.node_height) << y;
}

}  // namespace
}  // namespace weir::pipeline
