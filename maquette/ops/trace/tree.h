// A bounding volume hierarchy of eight-wide nodes over triangles, as plain memory that can be copied.
#pragma once
#include "kernel.h"

namespace maquette {

constexpr int kWide = 8;

// The boxes of up to eight children. A child is a node, or ~leaf; an empty lane's box is inside out.
struct Node {
    float bounds[2][3][kWide];  // low, high
    int32_t child[kWide];
};

// Up to eight triangles.
struct Leaf {
    float corner[3][3][kWide];  // corner, axis
    int32_t face[kWide];
    int32_t count;
};

static_assert(sizeof(Node) == 224 && sizeof(Leaf) == 324, "as in __init__.py");

constexpr int kStack = 512;  // entries that a traversal may have waiting: seven a level, at most 60 levels (build.cpp)

}  // namespace maquette
