// Rays and nearest points against a hierarchy of triangles, and how much of the sky points see.
#include <cmath>
#include <cstring>
#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#endif

#include "trace/tree.h"

namespace maquette {

struct Tree {
    const Node* nodes;
    const Leaf* leaves;
};

struct Hits {
    int32_t* face;
    float *barycentric, *distance;
    void keep(int64_t i, int32_t hit, float b1, float b2, float t) const {
        face[i] = hit, barycentric[2 * i] = b1, barycentric[2 * i + 1] = b2, distance[i] = t;
    }
};

}  // namespace maquette

#define MAQUETTE_BODY "trace/walk.inl"
#include "isa.h"

namespace {

template <class Body>
void in_pieces(int64_t count, Body body) {
    constexpr int64_t kPiece = 1024;
    maquette::parallel_for((count + kPiece - 1) / kPiece, [&](int64_t piece) {
        body(piece * kPiece, std::min(count, (piece + 1) * kPiece));
    });
}

}  // namespace

// Of all: nodes and leaves as maquette_trace_build made them, all else finite.

// origins, directions: [rays, 3]; limits: [rays]; face: [rays], -1 where nothing is hit; barycentric: [rays, 2];
// distance: [rays].
MAQUETTE_EXPORT int64_t maquette_trace_first(const maquette::Node* nodes, const maquette::Leaf* leaves,
                                             const float* origins, const float* directions, const float* limits,
                                             int32_t* face, float* barycentric, float* distance, int64_t count,
                                             int64_t both_ways) try {
    auto walk = MAQUETTE_PICK(first_hits);
    in_pieces(count, [&](int64_t begin, int64_t end) {
        walk({nodes, leaves}, origins, directions, limits, {face, barycentric, distance}, begin, end, both_ways != 0);
    });
    return 0;
} MAQUETTE_END

// out: [rays]
MAQUETTE_EXPORT int64_t maquette_trace_blocked(const maquette::Node* nodes, const maquette::Leaf* leaves,
                                               const float* origins, const float* directions, const float* limits,
                                               uint8_t* out, int64_t count) try {
    auto walk = MAQUETTE_PICK(all_blocked);
    in_pieces(count, [&](int64_t begin, int64_t end) {
        walk({nodes, leaves}, origins, directions, limits, out, begin, end);
    });
    return 0;
} MAQUETTE_END

// points: [points, 3]; toward: the same, unread where !has_toward; limits: [points]; the rest as maquette_trace_first.
MAQUETTE_EXPORT int64_t maquette_trace_nearest(const maquette::Node* nodes, const maquette::Leaf* leaves,
                                               const float* points, const float* toward, const float* limits,
                                               int32_t* face, float* barycentric, float* distance, int64_t count,
                                               int64_t has_toward) try {
    auto walk = MAQUETTE_PICK(all_nearest);
    in_pieces(count, [&](int64_t begin, int64_t end) {
        walk({nodes, leaves}, points, has_toward ? toward : nullptr, limits, {face, barycentric, distance}, begin, end);
    });
    return 0;
} MAQUETTE_END

// points, normals, facing: [points, 3]; set: [points], which of the sets of samples each takes; samples: [sets, rays, 3]
// around +z; out: [points]
MAQUETTE_EXPORT int64_t maquette_trace_open(const maquette::Node* nodes, const maquette::Leaf* leaves,
                                            const float* points, const float* normals, const float* facing,
                                            const uint8_t* set, const float* samples, float* out, int64_t count,
                                            int64_t rays, double lift) try {
    auto walk = MAQUETTE_PICK(open_shares);
    in_pieces(count, [&](int64_t begin, int64_t end) {
        walk({nodes, leaves}, points, normals, facing, set, samples, rays, float(lift), out, begin, end);
    });
    return 0;
} MAQUETTE_END
