// Faces to pieces that face one way: neighbours join, the cheapest pair first, as long as a piece stays compact and
// nearly flat. The cost is Ward's for the normals, as in Cohen-Steiner, Alliez and Desbrun 2004, "Variational shape
// approximation" (their L2,1 metric), merged from below instead of moved about.
#pragma once
#include <numeric>
#include <queue>

#include "atlas/surface.h"

namespace maquette::atlas {

struct Cluster {
    Space vector = {0, 0, 0};  // sum of the faces' areas, as vectors
    Space moment = {0, 0, 0};  // area times centroid
    double square[6] = {};     // integral of the products of coordinates: xx, xy, xz, yy, yz, zz
    double area = 0;

    void add(const Cluster& o) {
        vector = vector + o.vector, moment = moment + o.moment, area += o.area;
        for (int i = 0; i < 6; ++i) square[i] += o.square[i];
    }
    // How far the points spread about their centre (root mean square), how much longer the piece is than a disc (1), and
    // how full the ellipse of its second moments is (1; rectangles have 0.95, a ring or a hook has less).
    void shape(double& spread, double& elongation, double& fill) const {
        double c[6], m[3] = {moment[0] / area, moment[1] / area, moment[2] / area};
        for (int i = 0, k = 0; i < 3; ++i)
            for (int j = i; j < 3; ++j, ++k) c[k] = square[k] / area - m[i] * m[j];
        double trace = std::max(0.0, c[0] + c[3] + c[5]);
        double minors = c[0] * c[3] - c[1] * c[1] + c[0] * c[5] - c[2] * c[2] + c[3] * c[5] - c[4] * c[4];
        spread = std::sqrt(trace);
        elongation = std::max(1.0, 6.2831853 * trace / area);
        fill = std::min(1.0, area / (12.566371 * std::sqrt(std::max(minors, 1e-30))));
    }
};

inline Cluster cluster_of(const Surface& s, int64_t f) {
    const Space corner[3] = {s.point[s.face[3 * f]], s.point[s.face[3 * f + 1]], s.point[s.face[3 * f + 2]]};
    Space centre = (1.0 / 3) * (corner[0] + corner[1] + corner[2]);
    Cluster out{s.area[f] * s.normal[f], s.area[f] * centre, {}, s.area[f]};
    for (int i = 0, k = 0; i < 3; ++i)
        for (int j = i; j < 3; ++j, ++k) {
            double sum = 9 * centre[i] * centre[j];
            for (const Space& p : corner) sum += p[i] * p[j];
            out.square[k] = s.area[f] * sum / 12;
        }
    return out;
}

// A label a face, -1 where it has no area. flatness: of a piece, the length of its summed area vectors over its area.
inline std::vector<int32_t> clusters(const Surface& s, double flatness, double widest) {
    std::vector<int32_t> parent(s.count), label(s.count, -1);
    std::iota(parent.begin(), parent.end(), 0);
    std::vector<Cluster> cluster(s.count);
    for (int64_t f = 0; f < s.count; ++f) cluster[f] = cluster_of(s, f);
    auto find = [&](int32_t f) {
        while (parent[f] != f) f = parent[f] = parent[parent[f]];
        return f;
    };
    auto cost = [&](const Cluster& a, const Cluster& b) {
        Cluster both = a;
        both.add(b);
        double facing = length(both.vector);
        if (facing < flatness * both.area) return 1e300;
        double spread, elongation, fill, least = std::min(a.area, b.area);
        both.shape(spread, elongation, fill);
        if (spread > widest || (least > 1e-3 && fill < 0.75)) return 1e300;
        double bent = std::max(0.0, length(a.vector) + length(b.vector) - facing);
        return (bent + 0.03 * least) * elongation / (fill * fill * fill);
    };
    struct Pair {
        double cost;
        int32_t h;
        bool operator<(const Pair& o) const { return cost != o.cost ? cost > o.cost : h > o.h; }
    };
    std::vector<Pair> pairs;
    for (int32_t h = 0; h < 3 * s.count; ++h)
        if (s.opposite[h] > h) {
            double c = cost(cluster[h / 3], cluster[s.opposite[h] / 3]);
            if (c < 1e300) pairs.push_back({c, h});
        }
    std::priority_queue<Pair> heap(std::less<Pair>(), std::move(pairs));
    while (!heap.empty()) {
        Pair top = heap.top();
        heap.pop();
        int32_t a = find(top.h / 3), b = find(s.opposite[top.h] / 3);
        if (a == b) continue;
        double now = cost(cluster[a], cluster[b]);
        if (now >= 1e300) continue;
        if (now > 1.05 * top.cost + 1e-18) {
            heap.push({now, top.h});
            continue;
        }
        if (a > b) std::swap(a, b);
        parent[b] = a;
        cluster[a].add(cluster[b]);
    }
    for (int64_t f = 0; f < s.count; ++f)
        if (!s.flat(f)) label[f] = find(int32_t(f));
    // Teeth along the borders go to the piece that two of a face's three neighbours belong to.
    for (int pass = 0; pass < 3; ++pass)
        for (int32_t f = 0; f < s.count; ++f) {
            if (label[f] < 0) continue;
            int32_t other[3];
            for (int k = 0; k < 3; ++k) {
                int32_t g = s.opposite[3 * f + k];
                other[k] = g < 0 ? -1 : label[g / 3];
            }
            for (int k = 0; k < 3; ++k) {
                int32_t wanted = other[k];
                if (wanted < 0 || wanted == label[f] || other[(k + 1) % 3] != wanted) continue;
                const Space &v = cluster[wanted].vector, &w = cluster[label[f]].vector;
                double here = dot(s.normal[f], w) / length(w), there = dot(s.normal[f], v) / length(v);
                if (there > 0.5 && there > here - 0.15) label[f] = wanted;
                break;
            }
        }
    return label;
}

}  // namespace maquette::atlas
