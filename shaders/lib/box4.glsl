// The mean of the 4x4 texels around a place, by four bilinear reads: for halving or quartering a picture.
vec4 box4(sampler2D picture, vec2 uv) {
    vec2 texel = 1.0 / vec2(textureSize(picture, 0));
    return 0.25 * (texture(picture, uv + texel * vec2(-1, -1)) + texture(picture, uv + texel * vec2(1, -1))
                 + texture(picture, uv + texel * vec2(-1, 1)) + texture(picture, uv + texel * vec2(1, 1)));
}
