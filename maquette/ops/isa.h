// Compiles one piece of plain C++ for several instruction sets and picks among them when the program runs.
//
//     #define MAQUETTE_BODY "folder/loops.inl"   // defines functions, includes no headers
//     #include "isa.h"                            // once a translation unit
//     MAQUETTE_PICK(name)(arguments...)           // the best version of `name` that this processor runs
//
// MAQUETTE_AVX2, and in the widest MAQUETTE_AVX512, are defined for where intrinsics do better than the compiler; its
// own __AVX2__ is not: g++ reads all tokens before it heeds the pragmas.
// The versions give the same bits: contraction into fused multiply-adds is off (setup.py).
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define MAQUETTE_ISA 1
namespace maquette { namespace plain { namespace {
#include MAQUETTE_BODY
} } }
#pragma GCC push_options
#pragma GCC target("avx2")
#define MAQUETTE_AVX2 1
namespace maquette { namespace avx2 { namespace {
#include MAQUETTE_BODY
} } }
#undef MAQUETTE_AVX2
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx512f,avx512vl,avx512dq,avx512bw,prefer-vector-width=512")
#define MAQUETTE_AVX2 1
#define MAQUETTE_AVX512 1
namespace maquette { namespace avx512 { namespace {
#include MAQUETTE_BODY
} } }
#undef MAQUETTE_AVX512
#undef MAQUETTE_AVX2
#pragma GCC pop_options
#elif defined(__x86_64__) && defined(__clang__)
#define MAQUETTE_ISA 1
namespace maquette { namespace plain { namespace {
#include MAQUETTE_BODY
} } }
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#define MAQUETTE_AVX2 1
namespace maquette { namespace avx2 { namespace {
#include MAQUETTE_BODY
} } }
#undef MAQUETTE_AVX2
#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw"))), apply_to = function)
#define MAQUETTE_AVX2 1
#define MAQUETTE_AVX512 1
namespace maquette { namespace avx512 { namespace {
#include MAQUETTE_BODY
} } }
#undef MAQUETTE_AVX512
#undef MAQUETTE_AVX2
#pragma clang attribute pop
#else
namespace maquette { namespace plain { namespace {
#include MAQUETTE_BODY
} } }
#endif

#if defined(MAQUETTE_ISA)
namespace maquette {
inline int isa() {
    static const int best = __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
                                    __builtin_cpu_supports("avx512bw")
                                ? 2
                            : __builtin_cpu_supports("avx2") ? 1
                                                             : 0;
    return best;
}
}  // namespace maquette
#define MAQUETTE_PICK(name) \
    (maquette::isa() == 2 ? maquette::avx512::name : maquette::isa() == 1 ? maquette::avx2::name : maquette::plain::name)
#else
#define MAQUETTE_PICK(name) maquette::plain::name
#endif
