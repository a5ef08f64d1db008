/** Arguments of mixtures of experts: routing, routing weights, dispatch, and expert matrices. */
@org.jspecify.annotations.NullMarked
package dev.rapt.autograd.expert;
