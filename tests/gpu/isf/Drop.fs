/*{
  "DESCRIPTION": "An event drops a stone: one texel remembers how long ago, the picture ripples",
  "INPUTS": [
    {"NAME": "inputImage", "TYPE": "image"},
    {"NAME": "drop", "TYPE": "event"},
    {"NAME": "where", "TYPE": "point2D", "DEFAULT": [0.5, 0.5], "MIN": [0, 0], "MAX": [1, 1]},
    {"NAME": "height", "TYPE": "float", "DEFAULT": 0.04, "MIN": 0, "MAX": 0.2}
  ],
  "PASSES": [
    {"TARGET": "lastDrop", "WIDTH": "1", "HEIGHT": "1", "PERSISTENT": true, "FLOAT": true},
    {}
  ]
}*/
void main() {
  vec4 memory = IMG_PIXEL(lastDrop, vec2(0.5));
  if (PASSINDEX == 0) {
    float age = FRAMEINDEX == 0 ? 100.0 : memory.r + TIMEDELTA;
    gl_FragColor = drop ? vec4(0.0, where, 1.0) : vec4(age, memory.gba);
    return;
  }
  vec2 uv = isf_FragNormCoord;
  vec2 away = (uv - memory.gb) * vec2(RENDERSIZE.x / RENDERSIZE.y, 1.0);
  float r = length(away);
  float front = r - 0.6 * memory.r;
  float wave = sin(front * 40.0) * exp(-abs(front) * 12.0) * exp(-memory.r * 1.5);
  gl_FragColor = IMG_NORM_PIXEL(inputImage, uv + height * wave * away / max(r, 0.001));
}
