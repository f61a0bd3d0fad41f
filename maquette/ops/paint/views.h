// What the painting of an atlas knows of its views.
#pragma once
#include <cstdint>

namespace maquette {

struct Size {
    int64_t width, height;
};

// One view: `Painter::size` pixels, and a depth map of `Painter::fine` pixels of the same picture.
struct View {
    const float* pose;        // [4, 4], world to camera
    float fx, fy, cx, cy;     // pixels of the picture
    float eye[3];             // the camera's place, or for orthographic views the unit vector towards it
    const float* image;       // [height, width, channels]
    const float* worth;       // [height, width]: how much each pixel is to be trusted
    const float* purity;      // [height, width]: how far each pixel shows one thing only
    const uint8_t* pure;      // [height, width]: whether a pixel and those right of it and below it are pure
    const float* near_depth;  // [height, width], 0 where nothing is hit
    const int32_t* face;      // [height, width], -1 where nothing is hit
    const float* depth;       // [fine.height, fine.width], infinity where nothing is hit
};

struct Painter {
    Size size, fine;
    int64_t channels, views;
    bool perspective;
    float sharpness, reach;
    const float* normals;  // [faces, 3]: unit, flat
    const View* view;
};

constexpr int kBlock = 64;  // texels worked on together

constexpr int kGroup = 16;  // of which a vector may hold all

struct Points {
    // Positions and unit normals; loops over whole vectors write beyond the last.
    float p[3][kBlock + kGroup], n[3][kBlock + kGroup];
};

// How much a view counts at each point, and where they lie in it.
struct Weighed {
    float weight[kBlock], x[kBlock], y[kBlock];
};

// Scratch for as many views as there are.
struct Room {
    float (*cosine)[kBlock], (*colour)[kBlock], (*share)[kBlock];
    float* sum;
    int32_t *order, *used;
    Weighed* weighed;
};

}  // namespace maquette
