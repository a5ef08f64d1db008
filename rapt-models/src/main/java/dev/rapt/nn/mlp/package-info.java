/** MLPs: plain and gated (SwiGLU, GeGLU), and mixtures of experts with top-k expert routing. */
package dev.rapt.nn.mlp;
