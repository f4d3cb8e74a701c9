// dsp_narrow.v - beats of W bits become beats of 32.  One of these a clock.
`default_nettype none
module dsp_narrow #(
    parameter W = 64                    // 32, 64, 128, 256
) (
    input  wire           clk,
    input  wire           rst,
    // in
    input  wire [W-1:0]   s_axis_tdata,
    input  wire [W/8-1:0] s_axis_tkeep,
    input  wire [47:0]    s_axis_tuser,
    input  wire           s_axis_tlast,
    input  wire           s_axis_tvalid,
    output wire           s_axis_tready,
    // out
    output wire [31:0]    m_axis_tdata,
    output wire [3:0]     m_axis_tkeep,
    output wire [47:0]    m_axis_tuser,
    output wire           m_axis_tlast,
    output wire           m_axis_tvalid,
    input  wire           m_axis_tready,
    // nothing inside
    output wire           empty
);
    generate
        if (W == 32) begin : same
            assign m_axis_tdata  = s_axis_tdata;
            assign m_axis_tkeep  = s_axis_tkeep;
            assign m_axis_tuser  = s_axis_tuser;
            assign m_axis_tlast  = s_axis_tlast;
            assign m_axis_tvalid = s_axis_tvalid;
            assign s_axis_tready = m_axis_tready;
            assign empty         = 1'b1;
            wire unused = &{1'b0, clk, rst};
        end else begin : parts
            reg           full_q;
            reg [W-1:0]   data_q;       // the next word lowest
            reg [W/8-1:0] keep_q;
            reg [47:0]    user_q;
            reg           last_q;

            wire rest = keep_q[W/8-1:4] != {(W/8-4){1'b0}};

            assign m_axis_tdata  = data_q[31:0];
            assign m_axis_tkeep  = keep_q[3:0];
            assign m_axis_tuser  = user_q;
            assign m_axis_tlast  = last_q && !rest;
            assign m_axis_tvalid = full_q;
            assign s_axis_tready = !full_q || (m_axis_tready && !rest);
            assign empty         = !full_q;

            always @(posedge clk) begin
                if (full_q && m_axis_tready) begin
                    data_q <= {32'd0, data_q[W-1:32]};
                    keep_q <= {4'd0, keep_q[W/8-1:4]};
                end
                if (s_axis_tready)
                    full_q <= s_axis_tvalid;
                if (s_axis_tready && s_axis_tvalid) begin
                    data_q <= s_axis_tdata;
                    keep_q <= s_axis_tkeep;
                    user_q <= s_axis_tuser;
                    last_q <= s_axis_tlast;
                end
                if (rst)
                    full_q <= 1'b0;
            end
        end
    endgenerate
endmodule
`default_nettype wire
