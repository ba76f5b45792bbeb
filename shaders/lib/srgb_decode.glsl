// sRGB-encoded [0, 1] to linear light [0, 1].
// The straight toe is exact; above it a polynomial fitted to IEC 61966-2-1 stays, seen encoded, within 0.06/255.
vec3 srgb_decode(vec3 e) {
    vec3 curve = e * (e * (e * (0.5182514 - 0.1111098 * e) + 0.5638476) + 0.0279495) + 0.0010613;
    return mix(curve, e / 12.92, vec3(lessThanEqual(e, vec3(0.04045))));
}
