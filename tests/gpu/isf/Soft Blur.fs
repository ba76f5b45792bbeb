/*{
  "DESCRIPTION": "Two small passes with a vertex shader of its own, then a mix",
  "ISFVSN": "2",
  "INPUTS": [
    { "NAME": "inputImage", "TYPE": "image" },
    { "NAME": "amount", "TYPE": "float", "DEFAULT": 1.0, "MIN": 0.0, "MAX": 1.0 },
    { "NAME": "blurSize", "LABEL": "Size", "TYPE": "float", "DEFAULT": 2.0, "MIN": 0.5, "MAX": 6.0 }
  ],
  "PASSES": [
    { "TARGET": "across", "WIDTH": "max(floor($WIDTH / 4.0), 1.0)", "HEIGHT": "floor($HEIGHT/4.0)" },
    { "TARGET": "down", "WIDTH": "floor($WIDTH/4.0)", "HEIGHT": "floor($HEIGHT/4.0)" },
    { }
  ]
}*/

varying vec2 left_coord;
varying vec2 right_coord;
varying vec2 above_coord;
varying vec2 below_coord;

void main(void)
{
    if (PASSINDEX == 0) {
        vec4 sum = IMG_THIS_NORM_PIXEL(inputImage) * 2.0;
        sum += texture2D(inputImage, left_coord) + texture2D(inputImage, right_coord);
        gl_FragColor = sum / 4.0;
    }
    else if (PASSINDEX == 1) {
        vec4 sum = IMG_THIS_NORM_PIXEL(across) * 2.0;
        sum += IMG_NORM_PIXEL(across, above_coord) + IMG_NORM_PIXEL(across, below_coord);
        gl_FragColor = sum / 4.0;
    }
    else {
        gl_FragColor = mix(IMG_THIS_PIXEL(inputImage), IMG_THIS_NORM_PIXEL(down), amount);
    }
}
