/**
 * Layers that carry a state from position to position in place of a KV cache: causal convolution,
 * gated delta rule, and what state-space models and RWKV share.
 */
package dev.rapt.nn.recurrent;
