// How the surface cuts a cell: the loops that its crossings make on the cell's boundary, for every pattern of signs.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

namespace maquette {

// Corner c has offsets (c & 1, c >> 1 & 1, c >> 2 & 1). Edge 4 * axis + n starts at corner kEdgeStart[edge].
constexpr int kEdgeStart[12] = {0, 2, 4, 6, 0, 1, 4, 5, 0, 1, 2, 3};

// Face 2 * axis + side, its corners in cyclic order, the same on both sides of a shared face.
constexpr int face_corner(int face, int n) {
    int axis = face >> 1, b = (axis + 1) % 3, c = (axis + 2) % 3;
    return (face & 1) << axis | ((n == 1 || n == 2) << b) | ((n == 2 || n == 3) << c);
}

constexpr int edge_between(int a, int b) {
    int axis = (a ^ b) >> 1, start = a & b;  // 1, 2, 4 -> 0, 1, 2
    for (int n = 0; n < 4; ++n)
        if (kEdgeStart[4 * axis + n] == start) return 4 * axis + n;
    return -1;
}

// Edge from corner `start` along an axis: edge_between(start, start | 1 << axis).
struct EdgeTable {
    int8_t edge[3][8];
};
constexpr EdgeTable edge_table() {
    EdgeTable table{};
    for (int axis = 0; axis < 3; ++axis)
        for (int start = 0; start < 8; ++start)
            table.edge[axis][start] = int8_t(edge_between(start & ~(1 << axis), start | 1 << axis));
    return table;
}
constexpr EdgeTable kEdges = edge_table();

inline bool ambiguous(int signs, int face) {
    bool s0 = signs >> face_corner(face, 0) & 1, s1 = signs >> face_corner(face, 1) & 1;
    bool s2 = signs >> face_corner(face, 2) & 1, s3 = signs >> face_corner(face, 3) & 1;
    return s0 == s2 && s1 == s3 && s0 != s1;
}

struct Loops {
    int8_t label[12];  // -1 on an edge without a crossing
    int8_t count;
    int8_t crossings, crossed[12];  // the edges with one
};

// join: a bit for each face; set, an ambiguous face joins its two inside corners, else it separates them.
inline Loops find_loops(int signs, int join) {
    int parent[12];
    for (int e = 0; e < 12; ++e) parent[e] = e;
    auto root = [&](int e) {
        while (parent[e] != e) e = parent[e];
        return e;
    };
    for (int face = 0; face < 6; ++face) {
        int edge[4], crossings = 0, found[4];
        for (int n = 0; n < 4; ++n) {
            int a = face_corner(face, n), b = face_corner(face, (n + 1) % 4);
            edge[n] = edge_between(a, b);
            if ((signs >> a & 1) != (signs >> b & 1)) found[crossings++] = edge[n];
        }
        if (crossings == 2) parent[root(found[0])] = root(found[1]);
        if (crossings == 4) {
            // Edge n runs from corner n to n + 1, so edges n - 1 and n meet at corner n.
            bool inside0 = signs >> face_corner(face, 0) & 1, around0 = inside0 != bool(join >> face & 1);
            int first = around0 ? 3 : 0;
            parent[root(edge[first])] = root(edge[(first + 1) % 4]);
            parent[root(edge[(first + 2) % 4])] = root(edge[(first + 3) % 4]);
        }
    }
    Loops loops{};
    int8_t name[12];
    std::fill(name, name + 12, int8_t(-1));
    for (int e = 0; e < 12; ++e) {
        int a = kEdgeStart[e], b = a | 1 << (e / 4);
        loops.label[e] = -1;
        if ((signs >> a & 1) == (signs >> b & 1)) continue;
        int r = root(e);
        if (name[r] < 0) name[r] = loops.count++;
        loops.label[e] = name[r];
        loops.crossed[loops.crossings++] = int8_t(e);
    }
    return loops;
}

inline const Loops* loops_table() {
    static const std::vector<Loops> table = [] {
        std::vector<Loops> t(256 * 64);
        for (int s = 0; s < 256; ++s)
            for (int j = 0; j < 64; ++j) t[s * 64 + j] = find_loops(s, j);
        return t;
    }();
    return table.data();
}

}  // namespace maquette
