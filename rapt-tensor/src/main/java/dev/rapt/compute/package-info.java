/**
 * Which kernels and which matrix library this process uses, and products divided among the workers.
 */
package dev.rapt.compute;
