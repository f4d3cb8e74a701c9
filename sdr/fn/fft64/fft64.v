// fft64.v - a packet that is a block of 64 samples becomes its transform (RTL body).
// C body: fft64.c.  1 sample/clk: a beat of 32 bits a clock; a block of these leaves about
// 210 clk after it began to come.  All but the registers is in rtl/dsp/fft_block.v.
`default_nettype none
module fft64 #(
    parameter W = 64                    // stream width in bits: 32, 64, 128, 256
) (
    input  wire           clk,
    input  wire           rst,
    // registers
    input  wire           csr_we,
    input  wire           csr_re,
    output wire           csr_ack,
    input  wire [7:0]     csr_addr,
    input  wire [31:0]    csr_wdata,
    output wire [31:0]    csr_rdata,
    // packets in
    input  wire [W-1:0]   s_axis_tdata,
    input  wire [W/8-1:0] s_axis_tkeep,
    input  wire [47:0]    s_axis_tuser,
    input  wire           s_axis_tlast,
    input  wire           s_axis_tvalid,
    output wire           s_axis_tready,
    // packets out
    output wire [W-1:0]   m_axis_tdata,
    output wire [W/8-1:0] m_axis_tkeep,
    output wire [47:0]    m_axis_tuser,
    output wire           m_axis_tlast,
    output wire           m_axis_tvalid,
    input  wire           m_axis_tready,
    output wire           idle,
    // taps: words, first, second, third
    output wire [3:0]     tap_valid,
    output wire [127:0]   tap_data
);
    wire [31:0] scale, direction;
    wire [95:0] counts;                 // for the host only
    wire        is_block, is_other;     // a packet is in, and what it is
    wire [4:0]  n_clipped;

    fft64_csr csr (
        .clk           (clk),
        .rst           (rst),
        .csr_we        (csr_we),
        .csr_re        (csr_re),
        .csr_ack       (csr_ack),
        .csr_addr      (csr_addr),
        .csr_wdata     (csr_wdata),
        .csr_rdata     (csr_rdata),
        .scale         (scale),
        .direction     (direction),
        .n_blocks_add  ({7'd0, is_block}),
        .n_blocks      (counts[31:0]),
        .n_length_add  ({7'd0, is_other}),
        .n_length      (counts[63:32]),
        .n_clipped_add ({3'd0, n_clipped}),
        .n_clipped     (counts[95:64])
    );

    fft_block #(.W (W), .LOG2N (6)) block (
        .clk           (clk),
        .rst           (rst),
        .halve         (scale[5:0]),
        .inverse       (direction[0]),
        .is_block      (is_block),
        .is_other      (is_other),
        .n_clipped     (n_clipped),
        .s_axis_tdata  (s_axis_tdata),
        .s_axis_tkeep  (s_axis_tkeep),
        .s_axis_tuser  (s_axis_tuser),
        .s_axis_tlast  (s_axis_tlast),
        .s_axis_tvalid (s_axis_tvalid),
        .s_axis_tready (s_axis_tready),
        .m_axis_tdata  (m_axis_tdata),
        .m_axis_tkeep  (m_axis_tkeep),
        .m_axis_tuser  (m_axis_tuser),
        .m_axis_tlast  (m_axis_tlast),
        .m_axis_tvalid (m_axis_tvalid),
        .m_axis_tready (m_axis_tready),
        .idle          (idle),
        .tap_valid     (tap_valid),
        .tap_data      (tap_data)
    );

    wire unused = &{1'b0, counts, scale[31:6], direction[31:1]};
endmodule
`default_nettype wire
