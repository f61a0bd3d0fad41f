// Builds the hierarchy from the top, with binned surface area heuristic (Wald 2007, "On fast construction of SAH-based
// bounding volume hierarchies"): a node's widest child is split until there are eight.
#include <cmath>
#include <limits>

#include "trace/tree.h"

namespace {

using maquette::kWide;
using maquette::Leaf;
using maquette::Node;

constexpr int kBins = 16;
constexpr int kDeepest = 32;  // levels from which ranges are halved instead, so that there are at most 60

// Low corner, and the high one negated, so that one minimum joins two boxes.
struct Box {
    float v[8];
    Box() { std::fill(v, v + 8, std::numeric_limits<float>::infinity()); }
    void add(const Box& other) {
        for (int i = 0; i < 8; ++i) v[i] = other.v[i] < v[i] ? other.v[i] : v[i];
    }
    double area() const {
        const double x = -double(v[4]) - v[0], y = -double(v[5]) - v[1], z = -double(v[6]) - v[2];
        return x < 0 ? 0 : x * y + y * z + z * x;
    }
};

struct Range {
    int64_t begin, end;
    Box box;
    int64_t size() const { return end - begin; }
};

struct Builder {
    const float* vertices;
    const int32_t* faces;
    std::vector<Box> boxes;
    std::vector<int32_t> order;

    float centre(int32_t face, int axis) const { return boxes[face].v[axis] - boxes[face].v[4 + axis]; }  // twice

    Range range(int64_t begin, int64_t end) const {
        Range out{begin, end, Box()};
        for (int64_t i = begin; i < end; ++i) out.box.add(boxes[order[i]]);
        return out;
    }

    // Where to cut a range after its faces are put in order.
    int64_t divide(const Range& range, bool halve) {
        float low[3], high[3];
        std::fill(low, low + 3, std::numeric_limits<float>::infinity());
        std::fill(high, high + 3, -std::numeric_limits<float>::infinity());
        for (int64_t i = range.begin; i < range.end; ++i)
            for (int a = 0; a < 3; ++a) {
                const float c = centre(order[i], a);
                low[a] = std::min(low[a], c), high[a] = std::max(high[a], c);
            }
        double best = std::numeric_limits<double>::infinity();
        int axis = -1, cut = 0;
        float scale[3];
        for (int a = 0; a < 3; ++a) scale[a] = high[a] > low[a] ? kBins * 0.9999f / (high[a] - low[a]) : 0;
        auto bin = [&](int32_t face, int a) { return std::clamp(int((centre(face, a) - low[a]) * scale[a]), 0, kBins - 1); };
        if (!halve) {
            Box boxes_of[3][kBins];
            int64_t count[3][kBins] = {};
            for (int64_t i = range.begin; i < range.end; ++i) {
                const Box& box = boxes[order[i]];
                for (int a = 0; a < 3; ++a) {
                    const int b = bin(order[i], a);
                    boxes_of[a][b].add(box), ++count[a][b];
                }
            }
            for (int a = 0; a < 3; ++a) {
                if (!(scale[a] > 0) || !std::isfinite(scale[a])) continue;
                double above[kBins];
                Box box;
                int64_t n = 0;
                for (int b = kBins - 1; b > 0; --b)
                    box.add(boxes_of[a][b]), n += count[a][b], above[b] = box.area() * double(n);
                box = Box(), n = 0;
                for (int b = 1; b < kBins; ++b) {
                    box.add(boxes_of[a][b - 1]), n += count[a][b - 1];
                    const double cost = box.area() * double(n) + above[b];
                    if (n > 0 && n < range.size() && cost < best) best = cost, axis = a, cut = b;
                }
            }
        }
        auto begin = order.begin() + range.begin, end = order.begin() + range.end;
        if (axis >= 0) {
            auto middle = std::stable_partition(begin, end, [&](int32_t face) { return bin(face, axis) < cut; });
            return middle - order.begin();
        }
        for (int a = 0; a < 3; ++a)
            if (axis < 0 || high[a] - low[a] > high[axis] - low[axis]) axis = a;
        std::stable_sort(begin, end, [&](int32_t a, int32_t b) { return centre(a, axis) < centre(b, axis); });
        return range.begin + range.size() / 2;
    }

    // Up to eight ranges in place of one.
    int spread(Range range, Range out[kWide], bool halve) {
        int count = 1;
        out[0] = range;
        while (count < kWide) {
            int chosen = -1;
            for (int c = 0; c < count; ++c)
                if (out[c].size() > kWide && (chosen < 0 || out[c].box.area() > out[chosen].box.area())) chosen = c;
            if (chosen < 0) break;
            const int64_t cut = divide(out[chosen], halve);
            out[count++] = this->range(cut, out[chosen].end);
            out[chosen] = this->range(out[chosen].begin, cut);
        }
        return count;
    }

    void fill(Node& node, int lane, const Range& range) const {
        for (int a = 0; a < 3; ++a)
            node.bounds[0][a][lane] = range.box.v[a], node.bounds[1][a][lane] = -range.box.v[4 + a];
    }

    Leaf leaf(const Range& range) const {
        Leaf out{};
        std::fill(out.face, out.face + kWide, -1);
        for (int64_t i = range.begin; i < range.end; ++i) {
            const int lane = int(i - range.begin);
            out.face[lane] = order[i];
            for (int k = 0; k < 3; ++k)
                for (int a = 0; a < 3; ++a)
                    out.corner[k][a][lane] = vertices[3 * int64_t(faces[3 * int64_t(order[i]) + k]) + a];
        }
        out.count = int32_t(range.size());
        return out;
    }
};

Node empty_node() {
    Node node;
    for (int a = 0; a < 3; ++a)
        for (int lane = 0; lane < kWide; ++lane) {
            node.bounds[0][a][lane] = std::numeric_limits<float>::infinity();
            node.bounds[1][a][lane] = -std::numeric_limits<float>::infinity();
        }
    std::fill(node.child, node.child + kWide, 0);
    return node;
}

struct Part {
    std::vector<Node> nodes;
    std::vector<Leaf> leaves;

    int32_t grow(Builder& builder, const Range& range, int depth) {
        if (range.size() <= kWide) {
            leaves.push_back(builder.leaf(range));
            return ~int32_t(leaves.size() - 1);
        }
        Range ranges[kWide];
        const int count = builder.spread(range, ranges, depth > kDeepest);
        const int64_t own = int64_t(nodes.size());
        nodes.push_back(empty_node());
        for (int c = 0; c < count; ++c) {
            const int32_t child = grow(builder, ranges[c], depth + 1);
            nodes[own].child[c] = child;
            builder.fill(nodes[own], c, ranges[c]);
        }
        return int32_t(own);
    }
};

}  // namespace

// vertices: [vertices, 3]; faces: [faces, 3] int32, in range, at least one; nodes and leaves: room for
// at least as many as faces, and one; counts: filled with how many nodes and leaves there are. The root is the first node.
MAQUETTE_EXPORT int64_t maquette_trace_build(const float* vertices, const int32_t* faces, Node* nodes, Leaf* leaves, int64_t* counts, int64_t face_count) try {
    Builder builder{vertices, faces, std::vector<Box>(face_count), std::vector<int32_t>(face_count)};
    maquette::parallel_for((face_count + 8191) / 8192, [&](int64_t piece) {
        for (int64_t f = piece * 8192; f < std::min(face_count, (piece + 1) * 8192); ++f) {
            builder.order[f] = int32_t(f);
            Box& box = builder.boxes[f];
            for (int k = 0; k < 3; ++k)
                for (int a = 0; a < 3; ++a) {
                    const float c = vertices[3 * int64_t(faces[3 * f + k]) + a];
                    box.v[a] = std::min(box.v[a], c), box.v[4 + a] = std::min(box.v[4 + a], -c);
                }
        }
    });
    Range ranges[kWide];
    const int count = builder.spread(builder.range(0, face_count), ranges, false);
    std::vector<Part> parts(count);
    std::vector<int32_t> roots(count);
    maquette::parallel_for(count, [&](int64_t c) { roots[c] = parts[c].grow(builder, ranges[c], 1); });
    nodes[0] = empty_node();
    int64_t node_count = 1, leaf_count = 0;
    for (int c = 0; c < count; ++c) {
        auto moved = [&](int32_t child) { return int32_t(child >= 0 ? child + node_count : child - leaf_count); };
        nodes[0].child[c] = moved(roots[c]);
        builder.fill(nodes[0], c, ranges[c]);
        for (Node& node : parts[c].nodes)
            for (int32_t& child : node.child) child = moved(child);
        std::copy(parts[c].nodes.begin(), parts[c].nodes.end(), nodes + node_count);
        std::copy(parts[c].leaves.begin(), parts[c].leaves.end(), leaves + leaf_count);
        node_count += int64_t(parts[c].nodes.size()), leaf_count += int64_t(parts[c].leaves.size());
    }
    counts[0] = node_count, counts[1] = leaf_count;
    return 0;
} MAQUETTE_END
