// top.v - ULX3S (LFE5U-85F): 25 MHz from the oscillator, without PLL, and the FT231X
// as a serial line of 1 Mbaud, the fastest that 25 MHz and the FT231X both divide to.
`default_nettype none
module top #(
    parameter        W     = 64,        // stream width in bits: 32, 64
    parameter        WATCH = 1,         // 1: the slot gives telemetry
    parameter [31:0] BUILD = 32'd0      // hash of the sources
) (
    input  wire       clk,
    // serial line
    input  wire       rx,
    output wire       tx,
    output wire [2:0] led               // 0 running, 1 bytes come, 2 bytes go
);
    wire running;

    uart_fabric #(.W (W), .CLOCK_HZ (25_000_000), .BUILD (BUILD), .WATCH (WATCH),
                  .CLOCKS_PER_BIT (25)) board (
        .clk     (clk),
        .stable  (1'b1),
        .rx      (rx),
        .tx      (tx),
        .running (running)
    );

    assign led = {!tx, !rx, running};
endmodule
`default_nettype wire
