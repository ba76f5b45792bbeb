// A tent of three texels' radius around a place, weights summing to 1, by four bilinear reads: for enlarging a blur.
vec4 tent3(sampler2D picture, vec2 uv) {
    vec2 texel = 0.75 / vec2(textureSize(picture, 0));
    return 0.25 * (texture(picture, uv + texel * vec2(-1, -1)) + texture(picture, uv + texel * vec2(1, -1))
                 + texture(picture, uv + texel * vec2(-1, 1)) + texture(picture, uv + texel * vec2(1, 1)));
}
