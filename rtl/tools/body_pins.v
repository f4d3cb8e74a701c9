// body_pins.v - the body of a slot on four pins, so that it can be placed and routed by
// itself: every input is a flip-flop of a shift register, every output goes into one.
// rtl/tools/bits.py cuts both away again: input k is the flip-flop in_q[k], output k
// what enters out_q[k] beside out_q[k-1].
`default_nettype none
module body_pins (
    input  wire clk,
    input  wire shift,                  // so that no register of the body is one of in_q
    input  wire d,
    output wire q
);
    localparam N_IN = 130, N_OUT = 253;

    reg  [N_IN-1:0]  in_q;
    reg  [N_OUT-1:0] out_q;
    wire [N_OUT-1:0] out;

    assign q = out_q[N_OUT-1];

    always @(posedge clk) if (shift) begin
        in_q  <= {in_q[N_IN-2:0], d};
        out_q <= {out_q[N_OUT-2:0], 1'b0} ^ out;
    end

    wire [169:0] constants;             // nobody looks at them here
    wire         unused = &{1'b0, constants};

    slot_body #(.W (32)) body (
        .clk           (clk),
        .rst           (in_q[0]),
        .csr_we        (in_q[1]),
        .csr_re        (in_q[2]),
        .csr_addr      (in_q[10:3]),
        .csr_wdata     (in_q[42:11]),
        .s_axis_tdata  (in_q[74:43]),
        .s_axis_tkeep  (in_q[78:75]),
        .s_axis_tuser  (in_q[126:79]),
        .s_axis_tlast  (in_q[127]),
        .s_axis_tvalid (in_q[128]),
        .m_axis_tready (in_q[129]),
        .csr_ack       (out[0]),
        .csr_rdata     (out[32:1]),
        .s_axis_tready (out[33]),
        .m_axis_tdata  (out[65:34]),
        .m_axis_tkeep  (out[69:66]),
        .m_axis_tuser  (out[117:70]),
        .m_axis_tlast  (out[118]),
        .m_axis_tvalid (out[119]),
        .idle          (out[120]),
        .tap_valid     (out[124:121]),
        .tap_data      (out[252:125]),
        .fn_id         (constants[31:0]),
        .layout        (constants[63:32]),
        .capacity      (constants[95:64]),
        .capacity_1    (constants[127:96]),
        .words         (constants[147:128]),
        .words_1       (constants[167:148]),
        .in_packets    (constants[168]),
        .out_packets   (constants[169])
    );
endmodule
`default_nettype wire
