// Loops over channels whose number the compiler knows, where it is small.
#pragma once
#include <cstdint>
#include <type_traits>

namespace maquette {

// Calls body with an integral constant: the number of channels, or 0 where only `channels` knows it.
template <class Body>
void with_channels(int64_t channels, Body body) {
    switch (channels) {
        case 1: return body(std::integral_constant<int, 1>());
        case 2: return body(std::integral_constant<int, 2>());
        case 3: return body(std::integral_constant<int, 3>());
        case 4: return body(std::integral_constant<int, 4>());
        case 5: return body(std::integral_constant<int, 5>());
        default: return body(std::integral_constant<int, 0>());
    }
}

}  // namespace maquette
