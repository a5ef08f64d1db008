/** Losses, and the operations that compute a head and its loss together. */
@org.jspecify.annotations.NullMarked
package dev.rapt.autograd.loss;
