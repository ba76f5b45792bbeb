/*
{
    "DESCRIPTION": "A generator: bars of the spectrum, and the wave as a line, over whatever is below",
    "CATEGORIES": ["Generator", "Audio Visualizer"],
    "INPUTS": [
        {"NAME": "fftImage", "TYPE": "audioFFT", "MAX": 64},
        {"NAME": "waveImage", "TYPE": "audio"},
        {"NAME": "barColor", "TYPE": "color", "DEFAULT": [1, 1, 1, 1]},
        {"NAME": "bars", "TYPE": "long", "MIN": 4, "MAX": 32, "DEFAULT": 16}
    ]
}
*/
void main() {
    vec2 loc = isf_FragNormCoord;
    float n = float(bars);
    float bin = (floor(loc.x * n) + 0.5) / n;
    float level = IMG_NORM_PIXEL(fftImage, vec2(pow(2.0, 8.0 * (bin - 1.0)), 0.5)).r;
    float inside = step(loc.y, 0.5 * level) * step(0.2, fract(loc.x * n));
    float wave = IMG_NORM_PIXEL(waveImage, vec2(loc.x, 0.5)).r;
    float line = 1.0 - smoothstep(0.0, 3.0 / RENDERSIZE.y, abs(loc.y - 0.25 - 0.5 * wave));
    gl_FragColor = vec4(barColor.rgb, max(inside, line) * barColor.a);
}
