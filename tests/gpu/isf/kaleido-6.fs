/*{
	"CREDIT": "tests",
	"DESCRIPTION": "A kaleidoscope about a point",
	"INPUTS": [
		{
			"NAME": "inputImage",
			"TYPE": "image"
		},
		{
			"NAME": "center",
			"TYPE": "point2D",
			"DEFAULT": [
				0.5,
				0.5
			],
			"MIN": [0.0, 0.0],
			"MAX": [1.0, 1.0]
		},
		{
			"NAME": "sides",
			"TYPE": "long",
			"VALUES": [2, 4, 6, 8, 12],
			"LABELS": ["2", "4", "6", "8", "12"],
			"DEFAULT": 6
		},
		{
			"NAME": "angle",
			"TYPE": "float",
			"MIN": -1.0,
			"MAX": 1.0,
			"DEFAULT": 0.0
		}
	]
}*/
const float tau = 6.28318530717958647692;

vec2 fold(vec2 uv, float n, float turn) {
	float a = atan(uv.y, uv.x) / tau + turn;
	float r = length(uv);
	a = mod(a, 1.0 / n);
	a = abs(a - 0.5 / n);
	return r * vec2(cos(a * tau), sin(a * tau));
}

void main() {
	vec2 aspect = vec2(RENDERSIZE.x / RENDERSIZE.y, 1.0);
	vec2 uv = (vv_FragNormCoord - center) * aspect;
	uv = fold(uv, float(sides), angle) / aspect + center;
	vec2 inside = abs(mod(uv, 2.0) - 1.0);
	gl_FragColor = IMG_NORM_PIXEL(inputImage, 1.0 - inside);
}
