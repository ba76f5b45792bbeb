// sRGB-encoded [0, 1] to linear light [0, 1].
// The straight toe is exact; above it a polynomial fitted to IEC 61966-2-1 stays, seen encoded, within 0.06/255.
vec3 srgb_decode(vec3 e) {
    vec3 curve = e * (e * (e * (0.5264720 - 0.1167698 * e) + 0.5603949) + 0.0283995) + 0.0010465;
    return mix(curve, e / 12.92, vec3(lessThanEqual(e, vec3(0.04045))));
}
